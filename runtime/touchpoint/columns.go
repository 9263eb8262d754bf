package touchpoint

import (
	"maps"
	"slices"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// columns are the further columns of contacts and responses of a level.
type columns struct{ contact, response []column }

type column struct {
	name    string
	program *scope.Program
}

func (c *columns) add(d definition.HistoryMapping, programs scope.Programs) {
	c.contact = appendColumns(c.contact, "contact", d.Contact, programs)
	c.response = appendColumns(c.response, "response", d.Response, programs)
}

func appendColumns(all []column, path string, sources map[string]string, programs scope.Programs) []column {
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if program := programs.At(definition.Join(path, name)); program != nil {
			all = append(all, column{name: name, program: program})
		}
	}
	return all
}

// values computes columns. One that fails, or gives null, is left out.
func (c *call) values(all []column) map[string]any {
	if len(all) == 0 {
		return nil
	}
	values := make(map[string]any, len(all))
	for _, column := range all {
		value, err := column.program.Value(c.frame)
		switch {
		case err != nil:
			c.warn(ExpressionFailed, "column %s of the history: %s", column.name, err)
		case value != nil:
			values[column.name] = value
		}
	}
	return values
}
