package routing

import (
	"cmp"
	"slices"
	"time"
)

// DefaultCoolDown is how long an agent who rejected an interaction, or did not
// answer, is not offered the same one again.
const DefaultCoolDown = 10 * time.Second

// Options of a match.
type Options struct {
	// CoolDown is how long an agent that was tried is not tried again, 0 is not
	// at all.
	CoolDown time.Duration
}

// Assignment offers one interaction to one agent.
type Assignment struct {
	Interaction string
	Agent       string
	Target      int // index of the target that the agent fitted
}

// Result of a match.
type Result struct {
	// Assignments in the order in which they were made.
	Assignments []Assignment
	// NoTarget are the interactions whose last target's time is over, in the
	// order in which they were to be served.
	NoTarget []string
	// Wake is when time alone may change the result: a target joins or ends, or an
	// agent may be tried again. It is after now, or zero when no time will.
	Wake time.Time
}

// Match offers waiting interactions to agents, at one instant.
//
// Interactions are served by priority, the highest first, then by time in the
// queue, then by id; one that nobody can take now does not hold up those behind
// it. An interaction goes to the first of its open targets that has an eligible
// agent with room; agents that were tried for it come after all others, and not
// before their cool-down is over. Of several agents the one with the least load is
// chosen, of those the one that has been idle for the longest time, and of those
// one that depends on the interaction, so that ties do not always go to the same.
//
// The arguments are not changed. Time is O(W log W + W·F·T) with W waiting
// interactions, T targets, and F agents that have room on the medium.
func Match(now time.Time, waiting []Waiting, agents []Agent, o Options) Result {
	m := matcher{now: now, coolDown: o.CoolDown, rooms: rooms(agents), answers: map[answerKey]bool{}}
	order := make([]*Waiting, len(waiting))
	for i := range waiting {
		order[i] = &waiting[i]
	}
	slices.SortFunc(order, byTurn)
	for _, w := range order {
		m.serve(w)
	}
	return m.result
}

// byTurn orders interactions as they are served.
func byTurn(a, b *Waiting) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), a.QueuedAt.Compare(b.QueuedAt), cmp.Compare(a.ID, b.ID))
}

// matcher is one Match.
type matcher struct {
	now      time.Time
	coolDown time.Duration
	rooms    map[string]*room
	answers  map[answerKey]bool
	result   Result
}

// answerKey is a question that was asked already.
type answerKey struct {
	target string
	agent  *Agent
}

// serve finds an agent for one interaction, or notes when to look again.
func (m *matcher) serve(w *Waiting) {
	open, change := w.openTargets(m.now)
	if open == nil {
		m.result.NoTarget = append(m.result.NoTarget, w.ID)
		return
	}
	room := m.rooms[w.Medium]
	var chosen *seat
	target := 0
	if room != nil {
		chosen, target = m.choose(w, open, room)
	}
	if chosen == nil {
		m.wakeAt(change)
		if room != nil {
			m.wakeForTried(w, room)
		}
		return
	}
	m.result.Assignments = append(m.result.Assignments,
		Assignment{Interaction: w.ID, Agent: chosen.agent.Name, Target: target})
	m.take(chosen, w.Medium)
}

// choose picks an agent among those with room: first who was not tried.
func (m *matcher) choose(w *Waiting, open []Target, r *room) (*seat, int) {
	for _, again := range []bool{false, true} {
		if again && len(w.Tried) == 0 {
			break
		}
		for i := range open {
			if chosen := m.longestIdle(w, &open[i], r, again); chosen != nil {
				return chosen, i
			}
		}
	}
	return nil, 0
}

// longestIdle finds the first eligible agent in the room's order and, among those
// equal to it, the one that the interaction prefers.
func (m *matcher) longestIdle(w *Waiting, t *Target, r *room, again bool) *seat {
	var best *seat
	var bestRank uint64
	for _, s := range r.seats {
		if best != nil && compareSeats(best, s) != 0 {
			break
		}
		if m.triedRecently(w, s.agent) || again != w.tried(s.agent) || !m.eligible(t, s.agent) {
			continue
		}
		if rank := tieRank(w.ID, s.agent.Name); best == nil || rank < bestRank {
			best, bestRank = s, rank
		}
	}
	return best
}

func (m *matcher) eligible(t *Target, a *Agent) bool {
	if t.Key == "" {
		return t.Eligible(a)
	}
	key := answerKey{t.Key, a}
	answer, known := m.answers[key]
	if !known {
		answer = t.Eligible(a)
		m.answers[key] = answer
	}
	return answer
}

func (m *matcher) triedRecently(w *Waiting, a *Agent) bool {
	at, ok := w.Tried[a.Name]
	return ok && m.now.Before(at.Add(m.coolDown))
}

// wakeForTried notes when an agent with room may be tried again.
func (m *matcher) wakeForTried(w *Waiting, r *room) {
	if len(w.Tried) == 0 {
		return
	}
	for _, s := range r.seats {
		if m.triedRecently(w, s.agent) {
			m.wakeAt(w.Tried[s.agent.Name].Add(m.coolDown))
		}
	}
}

func (m *matcher) wakeAt(t time.Time) {
	if t.After(m.now) && (m.result.Wake.IsZero() || t.Before(m.result.Wake)) {
		m.result.Wake = t
	}
}
