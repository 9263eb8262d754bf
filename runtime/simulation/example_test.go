package simulation_test

import (
	"fmt"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/segment"
	"github.com/switchyard/switchyard/runtime/simulation"
)

// A test run of a flowchart: how many visitors come to each box.
func ExampleNew() {
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
	counts, err := simulation.New(simulation.Target{Scope: s, Flowcharts: []*segment.Flowchart{f}}, simulation.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range []simulation.Profile{
		{Level: "customer", Key: "anna", Attributes: map[string]any{"age": int64(44)}},
		{Level: "customer", Key: "ben", Attributes: map[string]any{"age": int64(12)}},
	} {
		if err := counts.Add(p); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, box := range counts.Report().Flowcharts[0].Boxes {
		fmt.Println(box.Name, box.Visitors)
	}
	// Output:
	// in 2
	// adult 2
	// adults 1
}
