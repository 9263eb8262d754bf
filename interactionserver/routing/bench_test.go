package routing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/switchyard/switchyard/interactionserver/routing"
)

// BenchmarkMatch is one pass over a backlog of interactions with two targets, of
// 200 agents, of whom some have room.
func BenchmarkMatch(b *testing.B) {
	for _, test := range []struct{ backlog, free int }{{10, 10}, {1000, 0}, {1000, 10}, {1000, 200}, {10000, 10}} {
		b.Run(fmt.Sprintf("backlog=%d/free=%d", test.backlog, test.free), func(b *testing.B) {
			var agents []routing.Agent
			for i := range 200 {
				a := idle(fmt.Sprintf("agent-%d", i), float64(i))
				if i >= test.free {
					a.Media["chat"] = routing.Medium{Ready: true, Capacity: 1, Load: 1}
				}
				agents = append(agents, a)
			}
			skilled := func(a *routing.Agent) bool { return len(a.Name)%2 == 0 }
			var all []routing.Waiting
			for i := range test.backlog {
				all = append(all, waiting(fmt.Sprint(i), float64(i%30), []routing.Target{
					{For: 20 * time.Second, Eligible: skilled, Key: "skilled"}, {Eligible: anyone, Key: "anyone"}}))
			}
			b.ReportAllocs()
			for b.Loop() {
				routing.Match(noon, all, agents, routing.Options{CoolDown: routing.DefaultCoolDown})
			}
		})
	}
}
