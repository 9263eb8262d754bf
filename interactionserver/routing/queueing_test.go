package routing_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/routing"
)

// The matcher run as a call centre, in simulated time, has to show the waiting
// times that queueing theory gives for it.

// centre is a simulated call centre; times are seconds, mean service time is 1.
type centre struct {
	random  *rand.Rand
	now     float64
	waiting []routing.Waiting
	arrived map[string]float64
	agents  []routing.Agent
	index   map[string]int
	busy    completions

	count, waited, total map[int]float64 // per class: served, not at once, time
}

// class is a stream of equal interactions.
type class struct {
	rate     float64
	priority int
	eligible func(*routing.Agent) bool
}

type completion struct {
	at    float64
	agent int
}

type completions []completion

func (c completions) Len() int           { return len(c) }
func (c completions) Less(i, j int) bool { return c[i].at < c[j].at }
func (c completions) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *completions) Push(x any)        { *c = append(*c, x.(completion)) }
func (c *completions) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

func instant(seconds float64) time.Time {
	return time.Unix(0, 0).Add(time.Duration(seconds * float64(time.Second)))
}

// simulate serves n interactions and returns, per class, the share that had to
// wait and the mean time that all waited.
func simulate(seed uint64, servers, n int, classes ...class) (waited, mean map[int]float64) {
	c := &centre{random: rand.New(rand.NewPCG(seed, 1)), arrived: map[string]float64{}, index: map[string]int{},
		count: map[int]float64{}, waited: map[int]float64{}, total: map[int]float64{}}
	for i := range servers {
		name := fmt.Sprintf("agent-%d", i)
		c.index[name] = i
		c.agents = append(c.agents, routing.Agent{Name: name, IdleSince: instant(0),
			Media: map[string]routing.Medium{"chat": {Ready: true, Capacity: 1}}})
	}
	next := make([]float64, len(classes))
	for k, class := range classes {
		next[k] = c.random.ExpFloat64() / class.rate
	}
	for arrivals := 0; arrivals < n; {
		k := 0
		for j := range next {
			if next[j] < next[k] {
				k = j
			}
		}
		if len(c.busy) > 0 && c.busy[0].at < next[k] {
			c.complete()
		} else {
			c.arrive(k, next[k], classes[k], arrivals)
			next[k] += c.random.ExpFloat64() / classes[k].rate
			arrivals++
		}
		c.match()
	}
	waited, mean = map[int]float64{}, map[int]float64{}
	for k := range classes {
		waited[k], mean[k] = c.waited[k]/c.count[k], c.total[k]/c.count[k]
	}
	return waited, mean
}

func (c *centre) arrive(k int, at float64, class class, serial int) {
	c.now = at
	id := fmt.Sprintf("%d/%d", k, serial)
	c.arrived[id] = at
	c.waiting = append(c.waiting, routing.Waiting{ID: id, Medium: "chat", Priority: class.priority, QueuedAt: instant(at),
		RoutedAt: instant(at), Targets: []routing.Target{{Eligible: class.eligible, Key: fmt.Sprint(k)}}})
}

func (c *centre) complete() {
	done := heap.Pop(&c.busy).(completion)
	c.now = done.at
	a := &c.agents[done.agent]
	a.Media = map[string]routing.Medium{"chat": {Ready: true, Capacity: 1}}
	a.IdleSince = instant(done.at)
}

func (c *centre) match() {
	for _, a := range routing.Match(instant(c.now), c.waiting, c.agents, routing.Options{}).Assignments {
		for i, w := range c.waiting {
			if w.ID == a.Interaction {
				c.waiting = append(c.waiting[:i], c.waiting[i+1:]...)
				break
			}
		}
		var k int
		if _, err := fmt.Sscanf(a.Interaction, "%d/", &k); err != nil {
			panic(err)
		}
		wait := c.now - c.arrived[a.Interaction]
		delete(c.arrived, a.Interaction)
		c.count[k]++
		c.total[k] += wait
		if wait > 0 {
			c.waited[k]++
		}
		agent := c.index[a.Agent]
		c.agents[agent].Media = map[string]routing.Medium{"chat": {Ready: true, Capacity: 1, Load: 1}}
		heap.Push(&c.busy, completion{at: c.now + c.random.ExpFloat64(), agent: agent})
	}
}

func TestMatchWaitsAsErlangCSays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		agents     int
		rho        float64
		wantWaited float64
		wantMean   float64
	}{
		{agents: 2, rho: .8, wantWaited: .711111, wantMean: 1.777778},
		{agents: 5, rho: .8, wantWaited: .554113, wantMean: .554113},
		{agents: 10, rho: .8, wantWaited: .409180, wantMean: .204590},
		{agents: 20, rho: .8, wantWaited: .256078, wantMean: .064019},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d agents at %.1f", test.agents, test.rho), func(t *testing.T) {
			t.Parallel()
			waited, mean := simulate(1, test.agents, 30_000,
				class{rate: test.rho * float64(test.agents), eligible: anyone})
			require.InEpsilon(t, test.wantWaited, waited[0], .1)
			require.InEpsilon(t, test.wantMean, mean[0], .2)
		})
	}
}

// Cobham's formula for priorities that do not interrupt: c=10, mu=1.
func TestMatchWaitsAsCobhamSays(t *testing.T) {
	t.Parallel()
	_, mean := simulate(2, 10, 40_000,
		class{rate: 3, priority: 2, eligible: anyone},
		class{rate: 3, priority: 1, eligible: anyone},
		class{rate: 2, priority: 0, eligible: anyone})
	require.InEpsilon(t, .058454, mean[0], .2)
	require.InEpsilon(t, .146136, mean[1], .2)
	require.InEpsilon(t, .511475, mean[2], .2)
}

// Skills that split the agents cost what two small queues cost.
func TestMatchPoolsWhoCanDoBoth(t *testing.T) {
	t.Parallel()
	half := func(first bool) func(*routing.Agent) bool {
		return func(a *routing.Agent) bool { return (indexOf(a) < 5) == first }
	}
	_, split := simulate(3, 10, 30_000, class{rate: 4, eligible: half(true)}, class{rate: 4, eligible: half(false)})
	require.InEpsilon(t, .554113, split[0], .2)
	require.InEpsilon(t, .554113, split[1], .2)
	_, pooled := simulate(3, 10, 30_000, class{rate: 4, eligible: anyone}, class{rate: 4, eligible: anyone})
	require.InEpsilon(t, .204590, (pooled[0]+pooled[1])/2, .2)
}
