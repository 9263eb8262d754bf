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

// Agent is someone who may be offered interactions.
type Agent struct {
	Name         string
	DoNotDisturb bool
	Media        map[string]Medium
	// IdleSince is when the agent's last interaction ended, or, later, when the
	// agent became ready.
	IdleSince time.Time
}

// Medium is an agent's state on one medium.
type Medium struct {
	Ready    bool
	Capacity int // interactions at once
	Load     int // interactions offered to or handled by the agent now
}

// Assignment offers one interaction to one agent.
type Assignment struct {
	Interaction string
	Agent       string
	Target      int // index of the target that the agent fitted
}

// Options of a match.
type Options struct {
	// CoolDown is how long an agent that was tried is not tried again.
	CoolDown time.Duration
}

// Result of a match.
type Result struct {
	// Assignments in the order in which they were made.
	Assignments []Assignment
	// NoTarget are the interactions whose last target's time is over.
	NoTarget []string
	// Wake is when time alone may change the result; zero when it will not.
	Wake time.Time
}

// Match offers waiting interactions to agents.
func Match(now time.Time, waiting []Waiting, agents []Agent, o Options) Result {
	return Result{}
}
