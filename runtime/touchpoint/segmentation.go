package touchpoint

import (
	"slices"

	"github.com/switchyard/switchyard/runtime/session"
)

// segment runs flowcharts, all of the level where none is named. What the others
// assigned stays.
func (c *call) segment(names []string) {
	frame := c.evaluate()
	key := c.data.Audience
	if key == "" {
		key = c.data.ID
	}
	var assigned []session.Assigned
	for _, f := range c.level.flowcharts {
		if len(names) > 0 && !slices.Contains(names, f.Name()) {
			for _, a := range c.data.Assigned {
				if a.Flowchart == f.Name() {
					assigned = append(assigned, a)
				}
			}
			continue
		}
		result := f.Run(frame, key)
		for _, name := range result.Segments {
			assigned = append(assigned, session.Assigned{Flowchart: f.Name(), Segment: name})
		}
		for _, failure := range result.Failures {
			c.warn(SegmentationFailed, "flowchart %s, box %s, %s: %s", f.Name(), failure.Box, failure.Path, failure.Text)
		}
	}
	segments := make([]string, 0, len(assigned))
	for _, a := range assigned {
		if !slices.Contains(segments, a.Segment) {
			segments = append(segments, a.Segment)
		}
	}
	c.data.Assigned, c.data.Segments = slices.Clip(assigned), segments
	frame.SetSegments(segments)
}
