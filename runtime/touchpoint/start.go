package touchpoint

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/session"
)

func (c *call) start(ctx context.Context, r Start) {
	p := c.s.planSoon(ctx, r.Channel)
	if p == nil {
		c.notServed(ctx, r.Channel)
		return
	}
	if r.RelyOnExisting && c.data != nil && c.data.Channel == p.version.Channel {
		c.goOn(ctx, r)
		return
	}
	parameters, fits := c.parameters(nil, r.Parameters)
	if !fits {
		return
	}
	v, fits := c.visitor(p, r.Audience, r.Profile)
	if !fits {
		return
	}
	c.plan = p
	c.data = &session.Data{
		ID: c.answer.SessionID, Channel: p.version.Channel, Started: c.now, Debug: r.Debug, Parameters: parameters,
		Version: session.Version{Number: p.version.Number, Hash: p.version.Hash},
	}
	c.become(ctx, v)
}

// loadedEvery is how often a call that waits looks whether its channel is loaded.
const loadedEvery = 20 * time.Millisecond

// planSoon is the present plan of a channel. A server that has just started is given
// half of the call's time to load it; nil where there is none.
func (s *Service) planSoon(ctx context.Context, channel string) *plan {
	p := s.plan(channel)
	if p != nil || s.loaded(ctx) {
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Deadline/2)
	defer cancel()
	look := time.NewTicker(loadedEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.plan(channel)
		case <-look.C:
			loaded := s.loaded(ctx)
			if p := s.plan(channel); p != nil || loaded {
				return p
			}
		}
	}
}

// loaded reports whether what is active in the group was first loaded.
func (s *Service) loaded(ctx context.Context) bool { return s.o.Ready == nil || s.o.Ready(ctx) == nil }

// notServed refuses a call to a channel of which nothing is served. A server that
// has just started, or whose database is away since, cannot say that there is none.
func (c *call) notServed(ctx context.Context, channel string) {
	if !c.s.loaded(ctx) {
		c.fail(Overloaded, "the server has not loaded all that is deployed yet")
		return
	}
	c.fail(UnknownChannel, "%.60q", channel)
}

// goOn relies on a live session: nothing is loaded, and the audience stays.
func (c *call) goOn(ctx context.Context, r Start) {
	if !c.live(ctx) {
		return
	}
	parameters, ok := c.parameters(c.data.Parameters, r.Parameters)
	if !ok {
		return
	}
	c.data.Parameters, c.data.Debug = parameters, r.Debug
}

func (c *call) setAudience(ctx context.Context, r SetAudience) {
	if !c.live(ctx) {
		return
	}
	parameters, fits := c.parameters(c.data.Parameters, r.Parameters)
	if !fits {
		return
	}
	v, fits := c.visitor(c.plan, r.Audience, r.Profile)
	if !fits {
		return
	}
	anonymous := c.data.Anonymous()
	same := !anonymous && c.data.Level == v.level.name && c.data.Audience == v.text
	merge := anonymous || same
	if r.Merge != nil {
		merge = *r.Merge
	}
	c.data.Set = c.keepSet(v, merge && (anonymous || same))
	var visit map[string]customer.Past
	seen := patternsOfVisit(c.data, anonymous && merge || same)
	switch {
	case !merge:
		c.data.ForgetVisit()
	case anonymous:
		visit = c.data.ForgetPast()
	case !same:
		c.data.ForgetPast()
	}
	c.data.Parameters = parameters
	c.data.Merged = merge && (anonymous || same && c.data.Merged)
	c.become(ctx, v)
	for code, past := range visit {
		o := c.data.Of(code)
		o.Past = joined(o.Past, past)
	}
	c.mergePatterns(ctx, seen)
}

// keepSet lets the visitor keep what events of the visit have set, unless it was
// somebody else who visited, as far as the call does not say otherwise and the
// visitor's level has it. It returns the names of what is kept.
func (c *call) keepSet(v visitor, visited bool) (kept []string) {
	for _, name := range c.data.Set {
		value := c.data.Profile.Get(name)
		if _, given := v.inline[name]; visited && !given && value != nil && v.level.profileType[name] == c.level.profileType[name] {
			v.inline[name], kept = value, append(kept, name)
		}
	}
	return kept
}

// joined adds what happened in a visit before its customer was known.
func joined(stored, visit customer.Past) customer.Past {
	stored.Presented += visit.Presented
	stored.Recent = slices.Concat(stored.Recent, visit.Recent)
	slices.SortStableFunc(stored.Recent, func(a, b customer.Presentations) int { return a.At.Compare(b.At) })
	if visit.RespondedAt.IsZero() {
		stored.Unanswered += visit.Unanswered
	} else {
		stored.Unanswered = visit.Unanswered
	}
	for _, at := range []struct{ of, other *time.Time }{
		{&stored.ShownAt, &visit.ShownAt}, {&stored.RespondedAt, &visit.RespondedAt},
		{&stored.AcceptedAt, &visit.AcceptedAt}, {&stored.RejectedAt, &visit.RejectedAt},
	} {
		if at.other.After(*at.of) {
			*at.of = *at.other
		}
	}
	return stored
}

func (c *call) getProfile(ctx context.Context) {
	if !c.live(ctx) {
		return
	}
	d := c.data
	p := &Profile{
		Audience:   Audience{Level: d.Level},
		Attributes: map[string]any{},
		Parameters: map[string]any{},
		Segments:   append([]string{}, d.Segments...),
		Debug:      d.Debug,
	}
	if !d.Anonymous() {
		p.Audience.ID = make(map[string]any, len(d.Key))
		for i, a := range c.level.definition.Key {
			p.Audience.ID[a.Name] = d.Key[i]
		}
	}
	frame := c.evaluate()
	for _, a := range slices.Concat(c.level.definition.Key, c.level.definition.Profile) {
		if value := frame.Attribute(a.Name); value != nil {
			p.Attributes[a.Name] = value
		}
	}
	maps.Copy(p.Parameters, d.Parameters)
	c.answer.Profile = p
}

func (c *call) setDebug(ctx context.Context, r SetDebug) {
	if c.live(ctx) {
		c.data.Debug = r.Debug
	}
}

func (c *call) end() {
	if c.data == nil {
		c.fail(UnknownSession, "")
		return
	}
	c.data = nil
}
