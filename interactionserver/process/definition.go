package process

import "github.com/switchyard/switchyard/internal/fault"

// Definition is a parsed and checked business process. It is immutable and safe
// for concurrent use.
type Definition struct {
	Namespace string
	Name      string
	Version   string
	Title     string
	Summary   string
	Queues    []Queue
}

// Queue is a queue that the process declares.
type Queue struct {
	Name  string
	Title string
}

// Parse reads and checks a document, YAML or JSON. Its error is a *fault.Fault
// of kind Invalid with every problem found, at most MaxProblems, in the order of
// the document.
func Parse(document []byte) (*Definition, error) {
	return nil, fault.New(fault.Invalid, "invalid-process", "the document is empty")
}

// Advance runs the process from s with the event e until it has to wait again or
// ends, and returns the new state and what to do. It is pure. An event whose
// sequence is not that of the pending effect changes nothing and returns that
// effect, so that events may be delivered twice. The error is one of the host: an
// event that does not fit the pending effect, or a state of another definition.
func (d *Definition) Advance(s State, e Event, in Input) (State, Effect, error) {
	return s, Effect{}, nil
}

// Eligible reports whether the agent fits the target for this interaction. An
// expression that fails (a property that is missing) is an error and false.
func (d *Definition) Eligible(ref TargetRef, agent Agent, in Input, s State) (bool, error) {
	return false, nil
}

// Targets returns the targets of a route step, nil for any other step.
func (d *Definition) Targets(step string) []Target { return nil }
