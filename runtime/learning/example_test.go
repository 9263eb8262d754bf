package learning_test

import (
	"fmt"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/learning"
)

func Example() {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	layout := learning.NewLayout(
		definition.LearningModel{Algorithm: definition.BetaBernoulli, AudienceLevel: "person", Attributes: []string{"job"}, Exploration: 0.05},
		[]definition.Attribute{{Name: "job", Type: definition.Text}})
	var nurse learning.Context
	layout.Context(&nurse, map[string]any{"job": "nurse"}, now)

	// Two servers have seen nurses.
	here, there := learning.NewStatistics(layout.Shape()), learning.NewStatistics(layout.Shape())
	here.Add(learning.Observation{Offer: "card", Context: nurse, Presented: 500, Accepted: 20, At: now})
	there.Add(learning.Observation{Offer: "loan", Context: nurse, Presented: 400, Accepted: 120, At: now})
	if err := here.Merge(there); err != nil {
		fmt.Println(err)
		return
	}

	snapshot := learning.NewSnapshot(layout, here, []learning.Offer{{Code: "card"}, {Code: "loan"}}, now)
	fmt.Printf("to be expected: card %.2f, loan %.2f\n", snapshot.Mean(&nurse, 0), snapshot.Mean(&nurse, 1))

	var draw learning.Draw
	draw.Begin(snapshot, &nurse, learning.Seed("session-1", "banner", now))
	card, _ := draw.Score(0)
	loan, _ := draw.Score(1)
	chosen := 0
	if loan > card {
		chosen = 1
	}
	fmt.Printf("chosen: %d with propensity %.3f\n", chosen, draw.Propensities(nil, []int{chosen}, nil)[0])
	// Output:
	// to be expected: card 0.04, loan 0.30
	// chosen: 1 with propensity 0.975
}
