package decision_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/decision"
)

func TestManyDecideAtOnce(t *testing.T) {
	t.Parallel()
	var b testing.B
	m := randomMarket(&b, 500)
	_, frames := m.people()
	point, _ := m.model.Point("banner")
	decide := func(i int) decision.Result {
		return m.model.Decide(&decision.Input{Level: "customer", Frame: frames[i], Segments: []string{"young", "vip"}, Point: point, Count: 3, Now: noon})
	}
	want := make([]decision.Result, people)
	for i := range want {
		want[i] = decide(i)
	}
	const each = 4
	got := make([]decision.Result, people)
	var group sync.WaitGroup
	for g := range people / each {
		group.Go(func() {
			for i := g * each; i < (g+1)*each; i++ {
				got[i] = decide(i)
			}
		})
	}
	group.Wait()
	require.Equal(t, want, got)
}

// TestDecideAllocatesNothingPerRule is not parallel: it counts allocations.
func TestDecideAllocatesNothingPerRule(t *testing.T) {
	var b testing.B
	m := randomMarket(&b, 2000)
	_, frames := m.people()
	point, _ := m.model.Point("banner")
	in := &decision.Input{Level: "customer", Segments: []string{"young", "vip"}, Point: point, Count: 3, Now: noon}
	next := 0
	allocations := testing.AllocsPerRun(10*people, func() {
		in.Frame = frames[next%people]
		next++
		m.model.Decide(in)
	})
	// The result, the list of segments, and what a collected pool costs now and then.
	require.Less(t, allocations, 6.0)
}
