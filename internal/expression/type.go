package expression

import "cel.dev/cel-go/cel"

// Type is the type of a variable or of a result.
type Type struct{ cel *cel.Type }

// The types of a variable or a result. Any is checked when it is evaluated. Where a
// Double is wanted as a result, an Int will do: Program.Float reads both.
var (
	Any       = Type{cel.DynType}
	Bool      = Type{cel.BoolType}
	Int       = Type{cel.IntType}
	Double    = Type{cel.DoubleType}
	Text      = Type{cel.StringType}
	Timestamp = Type{cel.TimestampType}
)

// List is the type of lists of an element type; its values are slices.
func List(element Type) Type { return Type{cel.ListType(element.cel)} }

// Map is the type of maps from text to an element type.
func Map(element Type) Type { return Type{cel.MapType(cel.StringType, element.cel)} }

// String returns the type as error messages name it.
func (t Type) String() string { return cel.FormatCELType(t.cel) }

// Variable is a name that expressions may use.
type Variable struct {
	Name string
	Type Type
	// Fields, where not empty, make the variable an object with exactly these
	// fields; its value is a map[string]any and Type is ignored.
	Fields []Variable
}
