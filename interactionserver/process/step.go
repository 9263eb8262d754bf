package process

import "github.com/switchyard/switchyard/internal/expression"

// A document's blocks are flattened into one list of steps, in the order of the
// document, whose edges are indexes into it. Where an edge is negative the
// process ends.
const (
	ended   = -1 // the document says so: then: end, or exit of the outermost block
	fellOff = -2 // the last step of the outermost block is done
)

// step is one step with its edges.
type step struct {
	name      string
	path      string
	line      int
	condition *expression.Program // nil: always executed
	next      int                 // where to go when the step is done
	skip      int                 // where to go when the condition is false

	// Exactly one of these is set.
	block  *blockTask
	set    *setTask
	choice *switchTask
	wait   *waitTask
	route  *routeTask
	queue  *queueTask
	http   *httpTask
	offers *offersTask
	stop   *stopTask
}

// blockTask is a nested do.
type blockTask struct{ first int }

// setTask assigns variables; all expressions see the values from before it.
type setTask struct{ vars template }

// switchTask goes where its first case says whose condition holds.
type switchTask struct{ cases []switchCase }

type switchCase struct {
	name string
	when *expression.Program // nil: always, the last one only
	to   int
}

// waitTask lets time pass.
type waitTask struct{ duration Duration }

// routeTask finds an agent.
type routeTask struct {
	queue         string
	priority      *expression.Program // nil: unchanged
	inviteTimeout Duration
	targets       []Target
	eligible      []*expression.Program // of each target
	onNoTarget    int                   // meaningful when the last target ends
}

// expires reports whether the targets come to an end.
func (r *routeTask) expires() bool { return r.targets[len(r.targets)-1].For > 0 }

// queueTask puts the interaction where agents pull.
type queueTask struct {
	queue    string
	priority *expression.Program
}

// outcome is what becomes of a call's answer.
type outcome struct {
	output    string    // the variable that takes the body of a good one, or empty
	onFailure *int      // nil: the process fails, or goes on with fallback
	fallback  *template // what output takes instead, or nil
}

// httpTask calls another system.
type httpTask struct {
	outcome

	method   string
	endpoint template
	query    template
	headers  template
	body     template
	timeout  Duration
	retry    Retry
}

// offersTask asks the runtime for offers.
type offersTask struct {
	outcome

	channel    string
	point      string
	count      int
	level      string // empty: the channel's first
	customer   template
	profile    template
	parameters template
}

// outcome is what becomes of the step's answer; nil where it has none.
func (s step) outcome() *outcome {
	switch {
	case s.http != nil:
		return &s.http.outcome
	case s.offers != nil:
		return &s.offers.outcome
	default:
		return nil
	}
}

// stopTask stops the interaction.
type stopTask struct{ reason template }
