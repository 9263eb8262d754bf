package process

// Definition is a parsed and checked business process. It is immutable and safe
// for concurrent use.
type Definition struct {
	Namespace string
	Name      string
	Version   string
	Title     string
	Summary   string
	Queues    []Queue

	steps []step         // steps[0] is the first one
	index map[string]int // of a step by its name
}

// Queue is a queue that the process declares.
type Queue struct {
	Name  string
	Title string
}

// Targets returns the targets of a route step, nil for any other step. The caller
// must not change them.
func (d *Definition) Targets(step string) []Target {
	i, ok := d.index[step]
	if !ok || d.steps[i].route == nil {
		return nil
	}
	return d.steps[i].route.targets
}
