package routing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/routing"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func ago(seconds float64) time.Time { return noon.Add(-time.Duration(seconds * float64(time.Second))) }

func anyone(*routing.Agent) bool { return true }

func only(names ...string) func(*routing.Agent) bool {
	return func(a *routing.Agent) bool {
		for _, name := range names {
			if a.Name == name {
				return true
			}
		}
		return false
	}
}

func forEver(eligible func(*routing.Agent) bool) []routing.Target {
	return []routing.Target{{Eligible: eligible}}
}

// waiting is an interaction in the queue for so many seconds.
func waiting(id string, seconds float64, targets []routing.Target) routing.Waiting {
	return routing.Waiting{ID: id, Medium: "chat", QueuedAt: ago(seconds), RoutedAt: ago(seconds), Targets: targets}
}

// idle is an agent without work for so many seconds.
func idle(name string, seconds float64) routing.Agent {
	return routing.Agent{Name: name, IdleSince: ago(seconds), Media: map[string]routing.Medium{"chat": {Ready: true, Capacity: 1}}}
}

func on(a routing.Agent, medium string, m routing.Medium) routing.Agent {
	a.Media[medium] = m
	return a
}

func pairs(r routing.Result) []string {
	var out []string
	for _, a := range r.Assignments {
		out = append(out, a.Interaction+"→"+a.Agent)
	}
	return out
}

func TestMatch(t *testing.T) {
	t.Parallel()
	widening := []routing.Target{
		{For: 20 * time.Second, Eligible: only("expert")},
		{For: 20 * time.Second, Eligible: only("trained")},
		{For: 20 * time.Second, Eligible: anyone},
	}
	disturbed := idle("busy", 90)
	disturbed.DoNotDisturb = true
	urgent := waiting("urgent", 1, forEver(anyone))
	urgent.Priority = 5
	mail := waiting("mail", 5, forEver(anyone))
	mail.Medium = "email"
	rejected := waiting("a", 9, forEver(anyone))
	rejected.Tried = map[string]time.Time{"mia": ago(2)}
	rejectedLongAgo := waiting("a", 99, forEver(anyone))
	rejectedLongAgo.Tried = map[string]time.Time{"mia": ago(60)}
	rejectedByExpert := waiting("a", 30, widening)
	rejectedByExpert.Tried = map[string]time.Time{"expert": ago(25)}

	tests := []struct {
		name     string
		waiting  []routing.Waiting
		agents   []routing.Agent
		want     []string
		noTarget []string
		wake     time.Time
	}{
		{name: "Nobody", waiting: []routing.Waiting{waiting("a", 1, forEver(anyone))}},
		{name: "Nothing", agents: []routing.Agent{idle("mia", 1)}},
		{name: "LongestIdleFirst", waiting: []routing.Waiting{waiting("a", 1, forEver(anyone))},
			agents: []routing.Agent{idle("mia", 5), idle("ben", 50), idle("zoe", 20)}, want: []string{"a→ben"}},
		{name: "LongestWaitingFirst", waiting: []routing.Waiting{waiting("a", 1, forEver(anyone)), waiting("b", 9, forEver(anyone))},
			agents: []routing.Agent{idle("mia", 5)}, want: []string{"b→mia"}},
		{name: "PriorityBeforeAge", waiting: []routing.Waiting{waiting("a", 99, forEver(anyone)), urgent},
			agents: []routing.Agent{idle("mia", 5)}, want: []string{"urgent→mia"}},
		{name: "EqualAgeByID", waiting: []routing.Waiting{waiting("b", 9, forEver(anyone)), waiting("a", 9, forEver(anyone))},
			agents: []routing.Agent{idle("mia", 5)}, want: []string{"a→mia"}},
		{name: "TheFirstDoesNotHoldUpTheSecond",
			waiting: []routing.Waiting{waiting("a", 99, forEver(only("zoe"))), waiting("b", 1, forEver(anyone))},
			agents:  []routing.Agent{idle("mia", 5)}, want: []string{"b→mia"}},
		{name: "NotReady", waiting: []routing.Waiting{waiting("a", 1, forEver(anyone))},
			agents: []routing.Agent{on(idle("mia", 5), "chat", routing.Medium{Capacity: 1})}},
		{name: "NoRoom", waiting: []routing.Waiting{waiting("a", 1, forEver(anyone))},
			agents: []routing.Agent{on(idle("mia", 5), "chat", routing.Medium{Ready: true, Capacity: 2, Load: 2})}},
		{name: "DoNotDisturb", waiting: []routing.Waiting{waiting("a", 1, forEver(anyone))}, agents: []routing.Agent{disturbed}},
		{name: "OtherMedium", waiting: []routing.Waiting{mail}, agents: []routing.Agent{idle("mia", 5)}},
		{name: "CapacityPerMedium", waiting: []routing.Waiting{mail, waiting("a", 3, forEver(anyone)), waiting("b", 1, forEver(anyone))},
			agents: []routing.Agent{on(idle("mia", 5), "email", routing.Medium{Ready: true, Capacity: 2})},
			want:   []string{"mail→mia", "a→mia"}},
		{name: "IdleBeforePartlyBusy", waiting: []routing.Waiting{waiting("a", 1, forEver(anyone))},
			agents: []routing.Agent{on(idle("mia", 500), "chat", routing.Medium{Ready: true, Capacity: 3, Load: 1}), idle("ben", 1)},
			want:   []string{"a→ben"}},
		{name: "SpreadOverAgentsWithRoom",
			waiting: []routing.Waiting{waiting("a", 3, forEver(anyone)), waiting("b", 2, forEver(anyone)), waiting("c", 1, forEver(anyone))},
			agents: []routing.Agent{on(idle("mia", 9), "chat", routing.Medium{Ready: true, Capacity: 3}),
				on(idle("ben", 1), "chat", routing.Medium{Ready: true, Capacity: 3})},
			want: []string{"a→mia", "b→ben", "c→mia"}},
		{name: "FirstTargetOnlyAtFirst", waiting: []routing.Waiting{waiting("a", 1, widening)},
			agents: []routing.Agent{idle("trained", 5)}, wake: ago(1).Add(20 * time.Second)},
		{name: "SecondTargetJoins", waiting: []routing.Waiting{waiting("a", 20, widening)},
			agents: []routing.Agent{idle("trained", 5)}, want: []string{"a→trained"}},
		{name: "EarlierTargetIsPreferred", waiting: []routing.Waiting{waiting("a", 30, widening)},
			agents: []routing.Agent{idle("trained", 50), idle("expert", 1)}, want: []string{"a→expert"}},
		{name: "NoTargetLeft", waiting: []routing.Waiting{waiting("a", 60, widening)},
			agents: []routing.Agent{idle("expert", 5)}, noTarget: []string{"a"}},
		{name: "NotAgainAtOnce", waiting: []routing.Waiting{rejected}, agents: []routing.Agent{idle("mia", 5)}, wake: noon.Add(8 * time.Second)},
		{name: "OthersInstead", waiting: []routing.Waiting{rejected}, agents: []routing.Agent{idle("mia", 5), idle("ben", 1)}, want: []string{"a→ben"}},
		{name: "AgainAfterCoolDown", waiting: []routing.Waiting{rejectedLongAgo}, agents: []routing.Agent{idle("mia", 5)}, want: []string{"a→mia"}},
		{name: "OthersBeforeAgain", waiting: []routing.Waiting{rejectedLongAgo}, agents: []routing.Agent{idle("mia", 50), idle("ben", 1)},
			want: []string{"a→ben"}},
		{name: "OthersOfLaterTargetsBeforeAgain", waiting: []routing.Waiting{rejectedByExpert},
			agents: []routing.Agent{idle("expert", 50), idle("trained", 1)}, want: []string{"a→trained"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := routing.Match(noon, test.waiting, test.agents, routing.Options{CoolDown: routing.DefaultCoolDown})
			require.Equal(t, test.want, pairs(got))
			require.Equal(t, test.noTarget, got.NoTarget)
			require.Equal(t, test.wake, got.Wake)
		})
	}
}

func TestMatchSpreadsTies(t *testing.T) {
	t.Parallel()
	var agents []routing.Agent
	for i := range 5 {
		agents = append(agents, idle(fmt.Sprintf("agent-%d", i), 10))
	}
	chosen := map[string]int{}
	for i := range 1000 {
		r := routing.Match(noon, []routing.Waiting{waiting(fmt.Sprintf("interaction-%d", i), 1, forEver(anyone))}, agents, routing.Options{})
		chosen[r.Assignments[0].Agent]++
	}
	for _, a := range agents {
		require.InDelta(t, 200, chosen[a.Name], 50, a.Name)
	}
}

func TestMatchAsksOncePerKey(t *testing.T) {
	t.Parallel()
	asked := 0
	target := routing.Target{Key: "k", Eligible: func(*routing.Agent) bool { asked++; return false }}
	var all []routing.Waiting
	for i := range 10 {
		all = append(all, waiting(fmt.Sprint(i), 1, []routing.Target{target}))
	}
	routing.Match(noon, all, []routing.Agent{idle("mia", 1), idle("ben", 1)}, routing.Options{})
	require.Equal(t, 2, asked)
}

func ExampleMatch() {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	skilled := func(a *routing.Agent) bool { return a.Name == "ben" }
	result := routing.Match(now, []routing.Waiting{{
		ID: "dispute-1", Medium: "chat", QueuedAt: now, RoutedAt: now,
		Targets: []routing.Target{
			{For: 20 * time.Second, Eligible: skilled},
			{Eligible: func(*routing.Agent) bool { return true }},
		},
	}}, []routing.Agent{
		{Name: "mia", IdleSince: now.Add(-time.Hour), Media: map[string]routing.Medium{"chat": {Ready: true, Capacity: 3}}},
	}, routing.Options{CoolDown: routing.DefaultCoolDown})
	fmt.Println(len(result.Assignments), "assignments; look again in", result.Wake.Sub(now))
	// Output: 0 assignments; look again in 20s
}
