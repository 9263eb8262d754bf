package interactionserver

import "github.com/switchyard/switchyard/tenants"

// Statistics are the figures of one business process in this server group, over
// all that its database holds.
type Statistics struct {
	Process   tenants.Name
	Submitted int64 // accepted by Submit, each counted once
	Refused   int64 // submits that were turned away
	Routed    int64 // offered to an agent at least once
	Handled   int64 // accepted or pulled, and completed, at least once
	Stopped   int64
	Waiting   int64 // now: submitted, queued, or in routing
	Live      int64 // now: offered to or handled by an agent
	// Wait is the time from submission to the first acceptance, of those accepted.
	Wait WaitingTime
}

// WaitingTime describes a distribution, in milliseconds.
type WaitingTime struct {
	P50, P95, Max int64
}
