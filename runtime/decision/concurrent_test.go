package decision_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/decision"
)

func TestManyDecideAtOnce(t *testing.T) {
	t.Parallel()
	m := market(t, 500, false)
	_, inputs := m.People(people)
	want := make([]decision.Result, people)
	for i := range want {
		want[i] = m.Model.Decide(inputs[i])
	}
	const each = 4
	got := make([]decision.Result, people)
	var group sync.WaitGroup
	for g := range people / each {
		group.Go(func() {
			for i := g * each; i < (g+1)*each; i++ {
				got[i] = m.Model.Decide(inputs[i])
			}
		})
	}
	group.Wait()
	require.Equal(t, want, got)
}

// TestDecideAllocatesNothingPerRule is not parallel: it counts allocations.
func TestDecideAllocatesNothingPerRule(t *testing.T) {
	m := market(t, 2000, false)
	_, inputs := m.People(people)
	next := 0
	var result decision.Result
	into := testing.AllocsPerRun(100*people, func() {
		m.Model.DecideInto(inputs[next%people], &result)
		next++
	})
	// The race detector empties pools now and then.
	spare := 0.0
	if raceDetector {
		spare = 20 // of 2,000 rules
	}
	require.LessOrEqual(t, into, spare)
	alone := testing.AllocsPerRun(100*people, func() {
		m.Model.Decide(inputs[next%people])
		next++
	})
	require.LessOrEqual(t, alone, 1+spare)
}
