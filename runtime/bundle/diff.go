package bundle

// Change is one difference between two packages.
type Change struct {
	Kind string `json:"kind" doc:"Kind of the definition"`
	Name string `json:"name" doc:"Name of the definition"`
	// Path is the field within the definition, empty for the whole.
	Path string `json:"path,omitempty" doc:"Field within the definition; empty for the whole"`
	What What   `json:"what" enum:"added,removed,changed" doc:"What happened"`
	// From and To are the values as JSON, shortened, empty for none.
	From string `json:"from,omitempty" doc:"Value before"`
	To   string `json:"to,omitempty" doc:"Value after"`
}

// What says what happened to a definition or a field.
type What string

// The closed set of changes.
const (
	Added   What = "added"
	Removed What = "removed"
	Changed What = "changed"
)

// Diff lists what differs between two packages, in the order of definition.Kinds
// and by name; from may be nil.
func Diff(from, to *Package) []Change { return nil }
