package routing_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/interactionserver/routing"
)

// scene is a drawn moment; fits says who fits which target.
type scene struct {
	waiting []routing.Waiting
	agents  []routing.Agent
}

func drawScene(t *rapid.T) scene {
	media := []string{"chat", "email", "voice"}
	var s scene
	for i := range rapid.IntRange(0, 8).Draw(t, "agents") {
		a := routing.Agent{Name: fmt.Sprintf("agent-%d", i), Media: map[string]routing.Medium{},
			DoNotDisturb: rapid.IntRange(0, 9).Draw(t, "disturb") == 0,
			IdleSince:    ago(float64(rapid.IntRange(0, 5).Draw(t, "idle")))}
		for _, medium := range media {
			a.Media[medium] = routing.Medium{Ready: rapid.Bool().Draw(t, "ready"),
				Capacity: rapid.IntRange(0, 3).Draw(t, "capacity"), Load: rapid.IntRange(0, 2).Draw(t, "load")}
		}
		s.agents = append(s.agents, a)
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "waiting") {
		w := routing.Waiting{ID: fmt.Sprintf("interaction-%02d", i), Medium: rapid.SampledFrom(media).Draw(t, "medium"),
			Priority: rapid.IntRange(0, 2).Draw(t, "priority"),
			QueuedAt: ago(float64(rapid.IntRange(0, 30).Draw(t, "queued"))),
			RoutedAt: ago(float64(rapid.IntRange(0, 30).Draw(t, "routed"))), Tried: map[string]time.Time{}}
		for range rapid.IntRange(1, 3).Draw(t, "targets") {
			fits := rapid.SliceOfN(rapid.Bool(), len(s.agents), len(s.agents)).Draw(t, "fits")
			w.Targets = append(w.Targets, routing.Target{
				For:      time.Duration(rapid.IntRange(0, 20).Draw(t, "for")) * time.Second,
				Eligible: func(a *routing.Agent) bool { return fits[indexOf(a)] }})
		}
		for _, a := range s.agents {
			if rapid.IntRange(0, 5).Draw(t, "tried") == 0 {
				w.Tried[a.Name] = ago(float64(rapid.IntRange(0, 20).Draw(t, "triedAt")))
			}
		}
		s.waiting = append(s.waiting, w)
	}
	return s
}

func indexOf(a *routing.Agent) int {
	var i int
	if _, err := fmt.Sscanf(a.Name, "agent-%d", &i); err != nil {
		panic(err)
	}
	return i
}

// mayTake says, straight from the rules, whether the agent could be offered the
// interaction at noon, were it alone.
func mayTake(w routing.Waiting, a *routing.Agent, load int) bool {
	m := a.Media[w.Medium]
	if a.DoNotDisturb || !m.Ready || load >= m.Capacity {
		return false
	}
	if at, tried := w.Tried[a.Name]; tried && noon.Sub(at) < routing.DefaultCoolDown {
		return false
	}
	begin := w.RoutedAt
	for _, target := range w.Targets {
		if begin.After(noon) {
			return false
		}
		if target.Eligible(a) {
			return true
		}
		if target.For == 0 {
			return false
		}
		begin = begin.Add(target.For)
	}
	return false
}

func expired(w routing.Waiting) bool {
	end := w.RoutedAt
	for _, target := range w.Targets {
		if target.For == 0 {
			return false
		}
		end = end.Add(target.For)
	}
	return !noon.Before(end)
}

func TestMatchProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		result := routing.Match(noon, s.waiting, s.agents, routing.Options{CoolDown: routing.DefaultCoolDown})

		assigned := map[string]string{}
		load := map[string]int{} // agent and medium
		for _, a := range s.agents {
			for medium, m := range a.Media {
				load[a.Name+medium] = m.Load
			}
		}
		for _, a := range result.Assignments {
			w := s.waiting[slices.IndexFunc(s.waiting, func(w routing.Waiting) bool { return w.ID == a.Interaction })]
			agent := &s.agents[slices.IndexFunc(s.agents, func(x routing.Agent) bool { return x.Name == a.Agent })]
			if assigned[a.Interaction] != "" {
				t.Fatalf("%s is assigned twice", a.Interaction)
			}
			if !mayTake(w, agent, load[a.Agent+w.Medium]) || !w.Targets[a.Target].Eligible(agent) {
				t.Fatalf("%s must not have gone to %s", a.Interaction, a.Agent)
			}
			if expired(w) {
				t.Fatalf("%s has no target left", a.Interaction)
			}
			assigned[a.Interaction] = a.Agent
			load[a.Agent+w.Medium]++
		}
		checkNobodyIsPassedOver(t, s, assigned, load)
		checkWake(t, s, assigned, result)
	})
}

// checkNobodyIsPassedOver: who is left without an agent could not have been given
// one that still has room, nor one that went to an interaction behind it.
func checkNobodyIsPassedOver(t *rapid.T, s scene, assigned map[string]string, load map[string]int) {
	for _, w := range s.waiting {
		if assigned[w.ID] != "" || expired(w) {
			continue
		}
		for i := range s.agents {
			a := &s.agents[i]
			if mayTake(w, a, load[a.Name+w.Medium]) {
				t.Fatalf("%s waits although %s has room", w.ID, a.Name)
			}
			for _, other := range s.waiting {
				if assigned[other.ID] == a.Name && other.Medium == w.Medium && behind(other, w) && mayTake(w, a, 0) {
					t.Fatalf("%s got %s, overtaking %s", other.ID, a.Name, w.ID)
				}
			}
		}
	}
}

func behind(a, b routing.Waiting) bool {
	if a.Priority != b.Priority {
		return a.Priority < b.Priority
	}
	if !a.QueuedAt.Equal(b.QueuedAt) {
		return a.QueuedAt.After(b.QueuedAt)
	}
	return a.ID > b.ID
}

// checkWake: between now and Wake nothing changes by itself, and what is expired
// is reported.
func checkWake(t *rapid.T, s scene, assigned map[string]string, result routing.Result) {
	var left []routing.Waiting
	for _, w := range s.waiting {
		if expired(w) != slices.Contains(result.NoTarget, w.ID) {
			t.Fatalf("%s: expired is %t, reported %v", w.ID, expired(w), result.NoTarget)
		}
		if assigned[w.ID] == "" && !expired(w) {
			left = append(left, w)
		}
	}
	agents := slices.Clone(s.agents)
	for i := range agents { // after the assignments: rooms as they are left
		media := map[string]routing.Medium{}
		for name, m := range agents[i].Media {
			for _, w := range s.waiting {
				if assigned[w.ID] == agents[i].Name && w.Medium == name {
					m.Load++
				}
			}
			media[name] = m
		}
		agents[i].Media = media
	}
	before := noon.Add(time.Hour)
	if !result.Wake.IsZero() {
		if !result.Wake.After(noon) {
			t.Fatalf("wake %v is not after now", result.Wake)
		}
		before = result.Wake.Add(-time.Nanosecond)
	}
	later := routing.Match(before, left, agents, routing.Options{CoolDown: routing.DefaultCoolDown})
	if len(later.Assignments)+len(later.NoTarget) > 0 {
		t.Fatalf("something changed before the wake-up %v: %+v", result.Wake, later)
	}
}

func TestMatchDependsOnNoOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		want := routing.Match(noon, s.waiting, s.agents, routing.Options{CoolDown: routing.DefaultCoolDown})
		waiting := rapid.Permutation(s.waiting).Draw(t, "waiting'")
		agents := rapid.Permutation(s.agents).Draw(t, "agents'")
		got := routing.Match(noon, waiting, agents, routing.Options{CoolDown: routing.DefaultCoolDown})
		if fmt.Sprint(want) != fmt.Sprint(got) {
			t.Fatalf("%v became %v", want, got)
		}
	})
}
