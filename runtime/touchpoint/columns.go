package touchpoint

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/scope"
)

// columns are the further columns of contacts and responses of a level.
type columns struct {
	contact, response []column
	ofOffer           bool // one of a contact reads the offer
}

type column struct {
	name    string
	program *scope.Program
}

func (c *columns) add(d definition.HistoryMapping, programs scope.Programs) {
	c.contact = appendColumns(c.contact, "contact", d.Contact, programs)
	c.ofOffer = slices.ContainsFunc(c.contact, func(of column) bool { return of.program.ReadsOffer() })
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

// values computes columns, beside so many bytes of others. One that fails, gives
// null, or gives what the history does not keep, is left out: the row counts
// without it.
func (c *call) values(into map[string]any, all []column, bytes int) {
	for _, column := range all {
		value, err := column.program.Value(c.frame)
		if err == nil && value != nil {
			size := bytes + len(column.name)
			if value, err = storable(value, &size); err == nil {
				bytes = size
			}
		}
		switch {
		case err != nil:
			c.warn(ExpressionFailed, "column %s of the history: %s", column.name, err)
		case value != nil:
			into[column.name] = value
		}
	}
}

// storable is a value as the history keeps it; bytes counts the texts of its row.
func storable(value any, bytes *int) (any, error) {
	var texts []string
	switch v := value.(type) {
	case bool, int64, time.Time:
		return value, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("the number is not finite")
		}
		return value, nil
	case string:
		texts = []string{v}
	default:
		list, err := definition.Texts.Convert(value)
		if err != nil {
			return nil, errors.New("expected a text, a number, true or false, a time or texts")
		}
		texts, value = list.([]string), list
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return nil, errors.New("expected UTF-8 without the character NUL")
		}
		*bytes += len(text)
	}
	if *bytes > history.MaxColumnBytes {
		return nil, fmt.Errorf("the columns of a row have at most %d bytes", history.MaxColumnBytes)
	}
	return value, nil
}
