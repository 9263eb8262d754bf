package routing

import "time"

// Waiting is an interaction that wants an agent.
type Waiting struct {
	ID       string
	Medium   string
	Priority int
	// QueuedAt is when it first came into its queue; it keeps its place by it.
	QueuedAt time.Time
	// RoutedAt is when its targets began to be tried.
	RoutedAt time.Time
	Targets  []Target
	// Tried are the agents that rejected it or did not answer, and when.
	Tried map[string]time.Time
}

// Target is one set of agents. A target joins when those before it have been
// tried for their time; the earlier ones stay, and are preferred.
type Target struct {
	// For is how long before the next target joins; after the last one's the
	// interaction has no target left. 0 is for ever.
	For time.Duration
	// Eligible reports whether the agent fits. It must be pure.
	Eligible func(agent *Agent) bool
	// Key, when not empty, names the answer: targets of equal keys have equal
	// answers for each agent, so that Match asks once.
	Key string
}

// openTargets returns the targets that are tried now, nil when the last one's time
// is over, and when that changes next; the zero time is never.
func (w *Waiting) openTargets(now time.Time) (open []Target, change time.Time) {
	end := w.RoutedAt
	for i := range w.Targets {
		t := &w.Targets[i]
		if t.For <= 0 {
			return w.Targets[:i+1], time.Time{}
		}
		if end = end.Add(t.For); now.Before(end) {
			return w.Targets[:i+1], end
		}
	}
	return nil, time.Time{}
}

func (w *Waiting) tried(a *Agent) bool {
	_, ok := w.Tried[a.Name]
	return ok
}
