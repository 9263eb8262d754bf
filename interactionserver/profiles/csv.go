package profiles

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Reader reads profiles of one level out of a CSV text: a header with the names of
// attributes, then a row for each customer. An empty field is no value. Lists are
// separated by semicolons, or written as a JSON array.
type Reader struct {
	level    definition.AudienceLevel
	rows     *csv.Reader
	columns  []column
	unknown  []string
	line     int // of the last profile
	problems Problems
}

// column is a field of each row; nothing is read of one without a name.
type column struct {
	name string
	kind definition.ValueType
}

// NewReader reads the header. The error is a fault.Invalid with a place where
// there is none, a name is there twice, or an attribute of the key is missing.
func NewReader(text string, level definition.AudienceLevel) (*Reader, error) {
	if len(text) > MaxCSV {
		return nil, malformed(0, "the text has %d bytes, at most %d are allowed", len(text), MaxCSV)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, malformed(0, "expected UTF-8 without the character NUL")
	}
	r := &Reader{level: level, rows: csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\uFEFF")))}
	r.rows.FieldsPerRecord = -1
	r.rows.ReuseRecord = true
	header, err := r.rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, malformed(1, "expected a header with the names of attributes")
	}
	if err != nil {
		return nil, malformed(1, "%s", textOf(err))
	}
	if err := r.read(header); err != nil {
		return nil, err
	}
	return r, nil
}

// read understands the header.
func (r *Reader) read(header []string) error {
	if len(header) > maxColumns {
		return malformed(1, "there are %d columns, at most %d are allowed", len(header), maxColumns)
	}
	known := map[string]definition.ValueType{}
	for _, a := range slices.Concat(r.level.Profile, r.level.Key) {
		known[a.Name] = a.Type
	}
	seen := map[string]bool{}
	for _, name := range header {
		name = strings.TrimSpace(name)
		if seen[name] {
			return malformed(1, "the column %q is there twice", name)
		}
		seen[name] = true
		kind, ok := known[name]
		if !ok {
			r.unknown = append(r.unknown, name)
			name = ""
		}
		r.columns = append(r.columns, column{name: name, kind: kind})
	}
	for _, a := range r.level.Key {
		if !seen[a.Name] {
			return malformed(1, "the column %s is missing: it is part of the key", a.Name)
		}
	}
	return nil
}

// Unknown are the names in the header that the level does not declare.
func (r *Reader) Unknown() []string { return r.unknown }

// Problems are the broken rows up to now.
func (r *Reader) Problems() Problems { return r.problems }

// Next returns the next profile that is not broken, or false at the end.
func (r *Reader) Next() (Profile, bool) {
	for {
		fields, err := r.rows.Read()
		if errors.Is(err, io.EOF) {
			return Profile{}, false
		}
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			r.problems.Add(Problem{Line: parse.StartLine, Message: textOf(err)})
			continue
		}
		line, _ := r.rows.FieldPos(0)
		p, err := r.profile(fields)
		if err != nil {
			r.problems.Add(Problem{Line: line, Message: err.Error()})
			continue
		}
		r.line = line
		return p, true
	}
}

func (r *Reader) profile(fields []string) (Profile, error) {
	if len(fields) != len(r.columns) {
		return Profile{}, fmt.Errorf("the row has %d fields, expected %d as in the header", len(fields), len(r.columns))
	}
	size := 0
	for _, field := range fields {
		size += len(field)
	}
	if size > maxRow {
		return Profile{}, fmt.Errorf("the row has %d bytes, at most %d are allowed", size, maxRow)
	}
	p := Profile{Attributes: make(map[string]any, len(fields))}
	for i, c := range r.columns {
		if c.name == "" || fields[i] == "" {
			continue
		}
		value, err := parse(c.kind, fields[i])
		if err != nil {
			return Profile{}, fmt.Errorf("%s: %w, not %.60q", c.name, err, fields[i])
		}
		p.Attributes[c.name] = value
	}
	var err error
	p.Key, err = KeyOf(r.level, p.Attributes)
	return p, err
}

// parse makes the text of a field a value of the type. Fields are parts of the
// whole text, which is not kept for their sake.
func parse(kind definition.ValueType, field string) (any, error) {
	var value any = strings.Clone(field)
	trimmed := strings.TrimSpace(field)
	switch kind {
	case definition.Text:
	case definition.Timestamp:
		value = trimmed
	case definition.Whole, definition.Number, definition.Boolean:
		value = nil
		decoder := json.NewDecoder(strings.NewReader(trimmed))
		decoder.UseNumber()
		if err := decoder.Decode(&value); err != nil || value == nil || decoder.More() {
			value = trimmed // which Convert refuses, saying what it expects
		}
	case definition.Texts:
		value = listOf(trimmed)
	}
	return kind.Convert(value)
}

// listOf reads a list of texts.
func listOf(field string) any {
	var list []any
	if strings.HasPrefix(field, "[") && json.Unmarshal([]byte(field), &list) == nil {
		if strings.Contains(field, `\u0000`) {
			return field // which Convert refuses: it cannot be stored
		}
		return list
	}
	texts := strings.Split(strings.Clone(field), ";")
	for i := range texts {
		texts[i] = strings.TrimSpace(texts[i])
	}
	return texts
}

// textOf is what is wrong with the form, without the line.
func textOf(err error) string {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return parse.Err.Error()
	}
	return err.Error()
}

// Count is the number of rows of a CSV text below its header.
func Count(text string) int {
	rows := csv.NewReader(strings.NewReader(text))
	rows.FieldsPerRecord = -1
	rows.ReuseRecord = true
	for n := -1; ; n++ {
		if _, err := rows.Read(); errors.Is(err, io.EOF) {
			return max(n, 0)
		}
	}
}
