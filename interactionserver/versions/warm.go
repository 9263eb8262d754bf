package versions

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/decision"
)

// mostZones are decided on to warm up a package.
const mostZones = 16

// warm runs every flowchart of a package and decides in its zones once, for a
// visitor of whom nothing is known, so that the first real one does not wait for
// what is made at first use.
func warm(ctx context.Context, c *bundle.Compiled, now time.Time) error {
	for _, name := range c.Package.Content.Channel.AudienceLevels {
		level, ok := c.Scope.Level(name)
		if !ok {
			continue
		}
		frame := level.NewFrame()
		frame.SetProfile(nil)
		frame.SetParameters(nil)
		frame.SetNow(now)
		for _, flowchart := range c.Flowcharts {
			if flowchart.Level() != level {
				continue
			}
			flowchart.Run(frame, "")
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		for _, point := range pointOfEachZone(c.Model) {
			c.Model.Decide(&decision.Input{
				Level: name, Frame: frame, Segments: slices.Collect(maps.Keys(c.Package.Content.Segments)),
				Point: point, Count: 1, Now: now,
			})
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

func pointOfEachZone(m *decision.Model) []decision.Point {
	seen := map[string]bool{}
	var points []decision.Point
	for _, name := range m.Points() {
		point, _ := m.Point(name)
		if !seen[point.Zone] && len(points) < mostZones {
			seen[point.Zone] = true
			points = append(points, point)
		}
	}
	return points
}
