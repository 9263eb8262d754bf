package design

import (
	"context"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// checkUsers refuses a change of the subject that would break another document.
// Most changes cannot, and cost nothing here.
func (c *checker) checkUsers(ctx context.Context) error {
	var places []fault.Place
	for _, kind := range c.sub.affected() {
		objects, err := c.readers(ctx, kind)
		if err != nil {
			return err
		}
		for _, o := range objects {
			if o.Reference == c.sub.of {
				continue
			}
			spec, err := document(o)
			if err != nil {
				return err
			}
			f, err := c.inspect(ctx, o.Reference, spec)
			if err != nil {
				return err
			}
			places = append(places, definition.Below(o.String(), f.places)...)
			if len(places) > maxUsers {
				return breaks(c.sub.of, places)
			}
		}
	}
	if len(places) > 0 {
		return breaks(c.sub.of, places)
	}
	return nil
}

// readers are the objects of a kind that can see the subject.
func (c *checker) readers(ctx context.Context, kind definition.Kind) ([]Object, error) {
	channel := c.sub.of.Channel
	if c.sub.of.Kind == definition.KindChannel {
		channel = c.sub.of.Name
	}
	if channel == "" {
		return c.r.OfKinds(ctx, kind)
	}
	return c.r.OfKind(ctx, kind, channel)
}

// affected are the kinds whose documents can stop being valid when the subject is
// saved.
func (sub subject) affected() []definition.Kind {
	computing := []definition.Kind{
		definition.KindHistoryMapping, definition.KindOffer, definition.KindEvent, definition.KindEventPattern,
		definition.KindFlowchart, definition.KindStrategy,
	}
	switch now := sub.now.(type) {
	case definition.AudienceLevel:
		was, ok := sub.was.(definition.AudienceLevel)
		if ok && (!keeps(was.Key, now.Key) || !keeps(now.Key, was.Key) || !keeps(was.Profile, now.Profile)) {
			return append(computing, definition.KindLearningModel)
		}
	case definition.Macro:
		was, ok := sub.was.(definition.Macro)
		if ok && (was.Type != now.Type || was.AudienceLevel != now.AudienceLevel) {
			return computing
		}
	case definition.OfferAttribute:
		was, ok := sub.was.(definition.OfferAttribute)
		if now.Required && !was.Required || ok && was.Type != now.Type {
			return computing
		}
	case definition.Event:
		was, ok := sub.was.(definition.Event)
		if ok && !keeps(was.Parameters, now.Parameters) {
			return []definition.Kind{definition.KindEventPattern}
		}
	case definition.Channel:
		was, ok := sub.was.(definition.Channel)
		if ok && !sameOrMore(was.AudienceLevels, now.AudienceLevels) {
			return []definition.Kind{definition.KindEvent, definition.KindEventPattern, definition.KindFlowchart, definition.KindStrategy}
		}
	}
	return nil
}

// keeps reports whether attributes still have all that they had, so that whoever
// reads them can go on.
func keeps(was, now []definition.Attribute) bool {
	types := make(map[string]definition.ValueType, len(now))
	for _, a := range now {
		types[a.Name] = a.Type
	}
	for _, a := range was {
		if types[a.Name] != a.Type {
			return false
		}
	}
	return true
}

// sameOrMore reports whether audience levels begin with what they were.
func sameOrMore(was, now []string) bool {
	if len(now) < len(was) {
		return false
	}
	for i, level := range was {
		if now[i] != level {
			return false
		}
	}
	return true
}
