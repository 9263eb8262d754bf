package design

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/tenants"
)

// checker checks documents against what they see, as it is with the subject saved.
type checker struct {
	*checking
	d   *declarations
	sub subject
}

// finding is what an inspection found; the paths are within the document.
type finding struct {
	mentions []definition.Mention // in its expressions
	places   []fault.Place
}

// inspect checks a document whose references all exist.
func (c *checker) inspect(ctx context.Context, of definition.Reference, d definition.Document) (finding, error) {
	if offer, ok := d.(definition.Offer); ok {
		f := c.compile(d, slices.Sorted(maps.Keys(c.d.AudienceLevels)), nil)
		f.places = append(c.d.scope.CheckOffer(offer), f.places...)
		return f, nil
	}
	if of.Channel == "" {
		return c.compile(d, scope.LevelsOf(d, nil), nil), nil
	}
	channel, err := c.channel(ctx, of.Channel)
	if err != nil {
		return finding{}, err
	}
	levels := scope.LevelsOf(d, channel.AudienceLevels)
	for _, level := range levels {
		if !slices.Contains(channel.AudienceLevels, level) {
			return finding{places: []fault.Place{{Path: "audienceLevel", Message: fmt.Sprintf(
				"%s is not an audience level of channel %s: expected one of %s", level, of.Channel, strings.Join(channel.AudienceLevels, ", "))}}}, nil
		}
	}
	switch d := d.(type) {
	case definition.Flowchart:
		return c.inspectFlowchart(of, d, levels[0])
	case definition.Event, definition.EventPattern:
		events, err := c.eventsOf(ctx, of.Channel)
		if err != nil {
			return finding{}, err
		}
		f := c.compile(d, levels, func(name string) ([]definition.Attribute, bool) {
			event, ok := events[name]
			return event.Parameters, ok
		})
		if event, ok := d.(definition.Event); ok {
			f.places = append(f.places, triggerCircle(of.Name, event, events)...)
		}
		return f, nil
	default:
		return c.compile(d, levels, nil), nil
	}
}

// compile compiles the expressions of a document on the levels; each has to hold
// on one of them.
func (c *checker) compile(d definition.Document, levels []string, events scope.Events) finding {
	if len(levels) == 0 || len(definition.Expressions(d)) == 0 && d.Kind() != definition.KindLearningModel {
		return finding{}
	}
	compiled, places := c.d.scope.Compile(d, levels, events)
	f := finding{places: places}
	for _, level := range levels {
		f.mentions = append(f.mentions, compiled[level].References()...)
	}
	return f
}

// inspectFlowchart compiles with the fields that this flowchart derives.
func (c *checker) inspectFlowchart(of definition.Reference, d definition.Flowchart, level string) (finding, error) {
	language, err := c.d.forFlowchart(of.Name, d, level)
	if err != nil {
		return finding{}, err
	}
	programs, places := language.CompileDocument(d, nil)
	return finding{mentions: programs.References(), places: places}, nil
}

// channel returns a channel, as it is with the subject saved.
func (c *checker) channel(ctx context.Context, name tenants.Name) (definition.Channel, error) {
	if now, ok := c.sub.now.(definition.Channel); ok && c.sub.of.Name == name {
		return now, nil
	}
	if known, ok := c.channels[name]; ok {
		return known, nil
	}
	o, err := c.r.Object(ctx, channelReference(name))
	if err != nil {
		return definition.Channel{}, err
	}
	channel, err := Decode[definition.Channel](o)
	if err != nil {
		return definition.Channel{}, err
	}
	c.channels[name] = channel
	return channel, nil
}

// eventsOf returns the events of a channel, as they are with the subject saved.
func (c *checker) eventsOf(ctx context.Context, channel tenants.Name) (map[tenants.Name]definition.Event, error) {
	if known, ok := c.events[channel]; ok {
		return known, nil
	}
	objects, err := c.r.OfKind(ctx, definition.KindEvent, channel)
	if err != nil {
		return nil, err
	}
	events := make(map[tenants.Name]definition.Event, len(objects)+1)
	for _, o := range objects {
		if events[o.Name], err = Decode[definition.Event](o); err != nil {
			return nil, err
		}
	}
	if now, ok := c.sub.now.(definition.Event); ok && c.sub.of.Channel == channel {
		events[c.sub.of.Name] = now
	}
	c.events[channel] = events
	return events, nil
}

// triggerCircle finds a way on which an event triggers itself: it would never end.
func triggerCircle(name tenants.Name, event definition.Event, events map[tenants.Name]definition.Event) []fault.Place {
	for i, action := range event.Actions {
		for j, next := range action.Events {
			if trail := trailTo(name, next, events, map[tenants.Name]bool{}); trail != nil {
				return []fault.Place{{
					Path:    fmt.Sprintf("actions[%d].events[%d]", i, j),
					Message: "the events trigger each other in a circle: " + strings.Join(append([]string{name}, trail...), " → "),
				}}
			}
		}
	}
	return nil
}

// trailTo is a way from one event to another one by triggers, nil where there is
// none.
func trailTo(to, from tenants.Name, events map[tenants.Name]definition.Event, seen map[tenants.Name]bool) []string {
	if from == to {
		return []string{to}
	}
	if seen[from] {
		return nil
	}
	seen[from] = true
	for _, action := range events[from].Actions {
		for _, next := range action.Events {
			if trail := trailTo(to, next, events, seen); trail != nil {
				return append([]string{from}, trail...)
			}
		}
	}
	return nil
}
