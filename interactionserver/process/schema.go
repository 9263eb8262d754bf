package process

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema of a document, for editors. What it accepts may
// still be refused by Parse, which knows expressions, queues and paths.
func Schema() []byte { return slices.Clone(schema) }
