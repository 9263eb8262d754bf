package rest

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// InPlace is a body whose parts are described where they occur instead of under
// names of their own: for a document of another package whose parts have the
// names of this API's resources.
type InPlace[T any] struct{ Value T }

// MarshalJSON writes the value alone.
func (p InPlace[T]) MarshalJSON() ([]byte, error) { return json.Marshal(p.Value) }

// Schema describes the value.
func (InPlace[T]) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(unnamed{r}, reflect.TypeFor[T]())
}

// unnamed describes every type where it occurs.
type unnamed struct{ huma.Registry }

// Schema describes a type.
func (u unnamed) Schema(t reflect.Type, _ bool, _ string) *huma.Schema {
	return huma.SchemaFromType(u, t)
}
