package deployments

import "slices"

// State is how far a deployment has come.
type State string

// The closed set of states.
const (
	Waiting    State = "waiting"    // for the deployments before it, of the same channel to the same group
	Validating State = "validating" // checks what it is about
	Building   State = "building"   // its package
	Preparing  State = "preparing"  // every live server fetches, verifies and compiles
	Moving     State = "moving"     // past the point of no return: the group's active version moves
	Activating State = "activating" // it has moved; servers switch
	Verifying  State = "verifying"  // servers report what they serve
	Releasing  State = "releasing"  // the marks of what went out, in production
	Succeeded  State = "succeeded"  // every live server serves it
	Failed     State = "failed"     // nothing was changed anywhere
	Cancelled  State = "cancelled"  // nothing was changed anywhere
	Incomplete State = "incomplete" // it is active, but a server does not serve it
)

// transitions are the states that may follow each state. Before moving a
// deployment can end without a trace; once the version has moved it cannot fail
// any more. An undeployment has nothing to prepare, and only production has marks
// to release.
var transitions = map[State][]State{
	Waiting:    {Validating, Cancelled, Failed},
	Validating: {Building, Cancelled, Failed},
	Building:   {Preparing, Moving, Cancelled, Failed},
	Preparing:  {Moving, Cancelled, Failed},
	Moving:     {Activating, Failed},
	Activating: {Verifying, Incomplete},
	Verifying:  {Releasing, Succeeded, Incomplete},
	Releasing:  {Succeeded, Incomplete},
	Succeeded:  nil,
	Failed:     nil,
	Cancelled:  nil,
	Incomplete: nil,
}

// States are all states, in the order in which a deployment goes through them.
var States = []State{
	Waiting, Validating, Building, Preparing, Moving, Activating, Verifying, Releasing, Succeeded, Failed, Cancelled, Incomplete,
}

// CanBecome reports whether next may follow the state.
func (s State) CanBecome(next State) bool { return slices.Contains(transitions[s], next) }

// Ended reports whether the state is one of the last.
func (s State) Ended() bool { return len(transitions[s]) == 0 }

// Moved reports whether the group's active version is that of a deployment in this
// state, or was until a later one.
func (s State) Moved() bool {
	switch s {
	case Activating, Verifying, Releasing, Succeeded, Incomplete:
		return true
	default:
		return false
	}
}

// Cancellable reports whether a deployment in this state can be cancelled.
func (s State) Cancellable() bool { return s.CanBecome(Cancelled) }
