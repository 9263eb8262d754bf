package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// documents checks names and every document by itself.
func (c *compiler) documents() {
	if c.p.Content.Channel.Solution == "" {
		c.wrong(definition.KindChannel, c.p.Channel, fault.Place{Path: "solution", Message: "the package has no channel"})
	}
	c.p.Each(func(r definition.Reference, d definition.Document) {
		if f, ok := fault.As(definition.CheckName(r.Kind, r.Name)); ok {
			c.wrong(r.Kind, r.Name, f.Places...)
		}
		if channel, ok := d.(definition.Channel); ok && len(channel.ServerGroups) == 0 {
			channel.ServerGroups = []string{"any"} // a package is for every group
			d = channel
		}
		c.wrong(r.Kind, r.Name, d.Check()...)
	})
}

// references checks that what a document names is in the package.
func (c *compiler) references() {
	c.p.Each(func(r definition.Reference, d definition.Document) {
		for _, mention := range definition.References(r.Channel, d) {
			if _, ok := c.p.Find(mention.Reference); ok || mayBeMissing(r.Kind, mention) {
				continue
			}
			c.wrong(r.Kind, r.Name, fault.Place{Path: mention.Path,
				Message: fmt.Sprintf("the package has no %s %s", words(mention.Reference.Kind), mention.Reference.Name)})
		}
		c.level(r, d)
	})
}

// level refuses a flowchart or a strategy that no visitor of the channel can have
// to do with.
func (c *compiler) level(r definition.Reference, d definition.Document) {
	levels := c.p.Content.Channel.AudienceLevels
	if !r.Kind.Marked() {
		return
	}
	for _, level := range scope.LevelsOf(d, levels) {
		if level != "" && !slices.Contains(levels, level) {
			c.wrong(r.Kind, r.Name, fault.Place{Path: "audienceLevel",
				Message: fmt.Sprintf("%s is no audience level of channel %s", level, c.p.Channel)})
		}
	}
}

// mayBeMissing are references that do no harm: an event suppresses an offer that
// is not there to be offered.
func mayBeMissing(of definition.Kind, m definition.Mention) bool {
	return m.Reference.Kind == definition.KindOffer && (of == definition.KindEvent || of == definition.KindEventPattern)
}

func words(kind definition.Kind) string { return strings.ReplaceAll(string(kind), "-", " ") }

// circles refuses events that trigger each other without end.
func (c *compiler) circles() {
	if circle := definition.EventCircle(c.p.Content.Events); circle != nil {
		c.wrong(definition.KindEvent, circle[0], fault.Place{Path: "actions",
			Message: "the events trigger each other in a circle: " + definition.Arrows(circle)})
	}
}
