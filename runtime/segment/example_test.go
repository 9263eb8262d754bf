package segment_test

import (
	"fmt"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/segment"
)

func ExampleFlowchart_Run() {
	s, _ := scope.New(scope.Definitions{AudienceLevels: map[string]definition.AudienceLevel{"customer": {
		Key:     []definition.Attribute{{Name: "id", Type: definition.Text}},
		Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}},
	}}})
	level, _ := s.Level("customer")
	f, err := segment.Compile(level, "ages", definition.Flowchart{Boxes: []definition.Box{
		{Name: "in", Type: definition.BoxInteraction, Next: []string{"adult"}},
		{Name: "adult", Type: definition.BoxSelect, When: "profile.age >= 18", Next: []string{"adults"}},
		{Name: "adults", Type: definition.BoxSegment, Segment: "adults"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := level.NewFrame()
	frame.SetProfile(map[string]any{"age": int64(44)})
	fmt.Println(f.Run(frame, "anna").Segments)
	// Output: [adults]
}
