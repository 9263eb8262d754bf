package main

import (
	"context"
	"fmt"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/decision/decisiontest"
)

const (
	fewRules  = 100
	manyRules = 10_000
	// visitors are decided for in turn.
	visitors = 256
)

func benchDecide100(context.Context, *environment) (result, error) { return benchDecide(fewRules) }

func benchDecide10000(context.Context, *environment) (result, error) { return benchDecide(manyRules) }

// benchDecide measures a decision in this process, of so many rules of four clauses
// over a profile of 20 attributes for the best three offers. The limit is the same
// rules as closures, tried one after another. Beside it are a decision of many
// rules over one of few, and one in which each offer has a score that was learned.
func benchDecide(rules int) (result, error) {
	market, err := decisiontest.NewMarket(rules, false)
	if err != nil {
		return result{}, err
	}
	learned, err := decisiontest.NewMarket(rules, true)
	if err != nil {
		return result{}, err
	}
	few, err := decisiontest.NewMarket(fewRules, false)
	if err != nil {
		return result{}, err
	}
	if err := sameByHand(market); err != nil {
		return result{}, err
	}
	costs, ratios, err := alternate(decides(market), decidesByHand(market), decides(few), decidesWithLearning(learned))
	if err != nil {
		return result{}, err
	}
	const microsecond = 1000
	r := newResult(fmt.Sprintf("decide%d", rules), "µs of CPU", costs[0].nanoseconds/microsecond,
		"the same rules as closures in Go", costs[1].nanoseconds/microsecond)
	r.Ratio = rounded(ratios[0])
	r.Beside = map[string]float64{
		"allocations": rounded(costs[0].allocations), "bytes": rounded(costs[0].bytes),
		"timesOf100Rules": rounded(ratios[1]), "withLearning": rounded(costs[3].nanoseconds / microsecond),
	}
	return r, nil
}

// sameByHand makes sure that both do the same work.
func sameByHand(m *decisiontest.Market) error {
	people, inputs := m.People(visitors)
	for i, p := range people {
		if got, want := m.Model.Decide(inputs[i]), m.Hand.Decide(p, nil); !decisiontest.Same(got, want) {
			return fmt.Errorf("visitor %d is offered %v, and by hand %v", i, got.Offers, want)
		}
	}
	return nil
}

func decides(m *decisiontest.Market) candidate {
	_, inputs := m.People(visitors)
	var into decision.Result
	return func(n int) {
		for i := range n {
			m.Model.DecideInto(inputs[i%visitors], &into)
		}
	}
}

func decidesWithLearning(m *decisiontest.Market) candidate {
	_, inputs := m.People(visitors)
	var into decision.Result
	for _, in := range inputs {
		in.Learned = func(_ string, offer decision.OfferID) (float64, bool) { return float64(offer * 37 % 100), true }
	}
	return func(n int) {
		for i := range n {
			m.Model.DecideInto(inputs[i%visitors], &into)
		}
	}
}

func decidesByHand(m *decisiontest.Market) candidate {
	people, _ := m.People(visitors)
	best := make([]decisiontest.Choice, 0, decisiontest.Wanted)
	return func(n int) {
		for i := range n {
			best = m.Hand.Decide(people[i%visitors], best[:0])
		}
	}
}
