package schedule

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/runtime/eventpattern"
)

// Moment is what an event changes durably: all of it or nothing.
type Moment struct {
	Channel, Level, Customer string
	// Steps go on with the states of patterns of a known customer.
	Steps []Step
	// Actions are put into the queue in any case.
	Actions []Action
	// Done are actions of earlier moments that the writer had taken and has done.
	Done []ID
}

// Step goes on with the state of one pattern.
type Step struct {
	Pattern string
	// Apply gives the next state, and whether the pattern is met. It may be called
	// more than once.
	Apply func(eventpattern.State) (next eventpattern.State, met bool)
	// IfMet are put into the queue where the pattern is met.
	IfMet []Action
}

// Writer writes moments.
type Writer interface {
	// Write writes a moment and returns which steps met their patterns. An action is
	// put into the queue once by its id. Errors are faults: TooMany where too many
	// actions wait, Invalid where one cannot be kept, Unavailable.
	Write(ctx context.Context, m Moment) (met []bool, err error)
	// Forget removes actions that the writer had taken and has done. Those that
	// somebody else has claimed meanwhile stay.
	Forget(ctx context.Context, done []ID) error
}

// Claim is an action that this server may execute until the claim lapses.
type Claim struct {
	Action
	// Attempt counts from 1.
	Attempt int
	Fence   int64
}

// Queue gives out actions.
type Queue interface {
	// Claim claims at most limit actions that are due, the oldest first.
	Claim(ctx context.Context, limit int) ([]Claim, error)
	// Done removes an action. Of a claim that has lapsed and was claimed anew it says
	// nothing: then it is false, as of the others.
	Done(ctx context.Context, c Claim) (bool, error)
	// Postpone leaves an action to be tried again after a pause.
	Postpone(ctx context.Context, c Claim, pause time.Duration, problem string) (bool, error)
	// PutAside leaves it for a while; the attempt does not count.
	PutAside(ctx context.Context, c Claim, pause time.Duration) (bool, error)
	// Release leaves it to be claimed at once; the attempt does not count.
	Release(ctx context.Context, c Claim) (bool, error)
	// Bury gives an action up.
	Bury(ctx context.Context, c Claim, problem string) (bool, error)
}

// Dead is an action that was given up.
type Dead struct {
	Action
	Attempts int
	Problem  string
	At       time.Time
}

// Place is that of one in the list of those that were given up; the zero value is
// before the first.
type Place struct {
	At time.Time `json:"at"`
	ID ID        `json:"id"`
}

// Place is where it is in the list.
func (d Dead) Place() Place { return Place{At: d.At, ID: d.ID} }

// Usage says how full the queue is.
type Usage struct {
	Waiting int64
	Dead    int64
	// Late is for how long the oldest one has been due.
	Late time.Duration
}

// Overseer shows what waits and what was given up.
type Overseer interface {
	Usage(ctx context.Context) (Usage, error)
	// Dead returns those that were given up, the last first; those after a place
	// where one is given.
	Dead(ctx context.Context, after Place, limit int) ([]Dead, error)
	// Revive puts one back into the queue, to be done at once; a fault.NotFound where
	// it is not dead.
	Revive(ctx context.Context, id ID) error
	// Discard removes one that was given up; a fault.NotFound as above.
	Discard(ctx context.Context, id ID) error
}
