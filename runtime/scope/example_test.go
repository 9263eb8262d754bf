package scope_test

import (
	"fmt"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

func Example() {
	s, err := scope.New(scope.Definitions{
		AudienceLevels: map[string]definition.AudienceLevel{"individual": {
			Key:     []definition.Attribute{{Name: "customer", Type: definition.Text}},
			Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}},
		}},
		Macros: map[string]definition.Macro{
			"grown-up": {AudienceLevel: "individual", Type: definition.Boolean, Expression: "profile.age >= 18"},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	level, _ := s.Level("individual")
	programs, places := level.CompileDocument(definition.Strategy{Rules: []definition.TreatmentRule{
		{Name: "gold", Offer: "gold-card", When: "macro.grown_up && profile.age < 60"},
		{Name: "typo", Offer: "gold-card", When: "profile.agee < 60"},
	}}, nil)
	fmt.Println(places[0].Path, places[0].Message)

	frame := level.NewFrame()
	frame.SetProfile(map[string]any{"age": int64(40)})
	fmt.Println(programs.At("rules[0].when").Bool(frame))
	// Output:
	// rules[1].when line 1, column 8: undefined field 'agee'
	// true <nil>
}
