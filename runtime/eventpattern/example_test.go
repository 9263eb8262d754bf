package eventpattern_test

import (
	"fmt"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/scope"
)

func Example() {
	languages, err := scope.New(scope.Definitions{AudienceLevels: map[string]definition.AudienceLevel{
		"customer": {Key: []definition.Attribute{{Name: "id", Type: definition.Text}}},
	}})
	if err != nil {
		panic(err)
	}
	level, _ := languages.Level("customer")
	pattern := eventpattern.Compile(definition.EventPattern{
		Logic:   definition.Sequence,
		Members: []definition.PatternMember{{Event: "basket-filled"}, {Event: "basket-left"}},
	}, nil)

	frame, at := level.NewFrame(), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var state eventpattern.State
	for _, event := range []string{"basket-left", "basket-filled", "basket-left"} {
		var met bool
		state, met, err = pattern.Advance(state, event, frame, at)
		fmt.Println(event, met, err)
	}
	// Output:
	// basket-left false <nil>
	// basket-filled false <nil>
	// basket-left true <nil>
}
