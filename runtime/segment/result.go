package segment

// Result is what one run of a flowchart came to.
type Result struct {
	// Visits are the boxes that were visited, in the order of the run.
	Visits []Visit
	// Segments that the visitor is in, each once, in the order of the run.
	Segments []string
	// Derived are the values of derived fields; one that failed is missing.
	Derived map[string]any
	// Snapshots are what snapshot boxes recorded.
	Snapshots []Snapshot
	// Failures are expressions that failed.
	Failures []Failure
}

// Visit is a box that was visited.
type Visit struct {
	// Box is its place in the flowchart's definition.
	Box int
	// Branch is the place of the branch that was taken; NoBranch where none was.
	Branch int
	// Passed is false where the visitor went nowhere on.
	Passed bool
}

// NoBranch stands where no branch was taken.
const NoBranch = -1

// Snapshot is what a snapshot box recorded: attributes of the profile by name.
type Snapshot struct {
	Box    string         `json:"box"`
	Values map[string]any `json:"values"`
}

// Failure is an expression that failed.
type Failure struct {
	Box string `json:"box"`
	// Path is where it stands in the box: "when", "derive[0].expression".
	Path string `json:"path"`
	// Text says why.
	Text string `json:"text"`
}
