package definition

// ValueType is the type of an attribute or a parameter.
type ValueType string

// The closed set of value types.
const (
	Text      ValueType = "text"
	Whole     ValueType = "whole"   // 64-bit
	Number    ValueType = "number"  // double
	Boolean   ValueType = "boolean" // true, false
	Timestamp ValueType = "timestamp"
	Texts     ValueType = "texts" // a list of texts
)

// ValueTypes are all value types.
var ValueTypes = []ValueType{Text, Whole, Number, Boolean, Timestamp, Texts}

// Attribute declares a named value.
type Attribute struct {
	// Name is what expressions call it: a letter, then letters, digits and _.
	Name string    `json:"name" maxLength:"63" doc:"What expressions call it: a letter, then letters, digits and _"`
	Type ValueType `json:"type" enum:"text,whole,number,boolean,timestamp,texts" doc:"Type of the value"`
	// Default stands in where there is no value; without one there is none.
	Default any `json:"default,omitempty" doc:"Stands in where there is no value"`
}
