package decision_test

import (
	"fmt"
	"time"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

func ExampleModel_Explain() {
	s, _ := scope.New(scope.Definitions{AudienceLevels: map[string]definition.AudienceLevel{"customer": {
		Key:     []definition.Attribute{{Name: "id", Type: definition.Text}},
		Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}},
	}}})
	m, err := decision.Compile(s, decision.Definitions{
		Channel:           definition.Channel{AudienceLevels: []string{"customer"}},
		Zones:             map[string]definition.Zone{"top": {}},
		InteractionPoints: map[string]definition.InteractionPoint{"banner": {Zone: "top", Default: "welcome"}},
		Offers:            map[string]definition.Offer{"card": {}, "loan": {}},
		Strategies: map[string]definition.Strategy{"spring": {Rules: []definition.TreatmentRule{
			{Name: "young", Offer: "card", When: "profile.age < 30"},
			{Name: "all", Offer: "loan"},
		}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	level, _ := s.Level("customer")
	frame := level.NewFrame()
	frame.SetProfile(map[string]any{"age": int64(44)})
	point, _ := m.Point("banner")
	x := m.Explain(&decision.Input{Level: "customer", Frame: frame, Point: point, Count: 1,
		Now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)})
	for _, c := range x.Candidates {
		fmt.Printf("%s: step %d, %s, %s\n", c.Offer, c.Step, c.Reason, c.Text)
	}
	// Output:
	// card: step 3, not-eligible, the condition does not hold: profile.age < 30
	// loan: step 7, chosen, place 1
}
