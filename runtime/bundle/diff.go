package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Change is one difference between two packages.
type Change struct {
	Kind string `json:"kind" doc:"Kind of the definition"`
	Name string `json:"name" doc:"Name of the definition"`
	// Path is the field within the definition, empty for the whole. Elements that
	// have a name are told apart by it: "rules[gold].score".
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

// String is the change as a line: "strategy winback: rules[gold].score 50 → 60".
func (c Change) String() string {
	whole := c.Kind + " " + c.Name
	if c.Path == "" {
		return whole + " " + string(c.What)
	}
	switch c.What {
	case Added:
		return fmt.Sprintf("%s: %s added, %s", whole, c.Path, c.To)
	case Removed:
		return fmt.Sprintf("%s: %s removed, was %s", whole, c.Path, c.From)
	default:
		return fmt.Sprintf("%s: %s %s → %s", whole, c.Path, c.From, c.To)
	}
}

// maxValue bounds a value that a change shows, in characters.
const maxValue = 200

// Diff lists what differs between two packages, in the order of definition.Kinds
// and by name; either may be nil, which holds nothing.
func Diff(from, to *Package) []Change {
	if from == nil {
		from = &Package{}
	}
	if to == nil {
		to = &Package{}
	}
	var changes []Change
	for _, kind := range definition.Kinds {
		before, after := from.shelf(kind), to.shelf(kind)
		names := append(before.names(), after.names()...)
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			d := differ{kind: kind, name: name}
			old, was := before.find(name)
			now, is := after.find(name)
			switch {
			case !was:
				d.add(Change{What: Added})
			case !is:
				d.add(Change{What: Removed})
			default:
				d.documents(old, now)
			}
			changes = append(changes, d.changes...)
		}
	}
	return changes
}

// differ compares two forms of one document.
type differ struct {
	kind    definition.Kind
	name    string
	changes []Change
}

func (d *differ) add(c Change) {
	c.Kind, c.Name = string(d.kind), d.name
	d.changes = append(d.changes, c)
}

func (d *differ) documents(from, to definition.Document) {
	before, was := definition.Encode(from)
	after, is := definition.Encode(to)
	if was != nil || is != nil {
		// What has no canonical form was never deployed; that it differs is all
		// that can be said.
		d.add(Change{What: Changed})
		return
	}
	if !bytes.Equal(before, after) {
		d.values("", tree(before), tree(after))
	}
}

// tree reads canonical JSON.
func tree(data []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		panic("bundle: canonical JSON: " + err.Error())
	}
	return value
}

func (d *differ) values(path string, from, to any) {
	switch before := from.(type) {
	case map[string]any:
		if after, ok := to.(map[string]any); ok {
			d.objects(path, before, after)
			return
		}
	case []any:
		if after, ok := to.([]any); ok {
			if old, now, ok := bothNamed(before, after); ok {
				d.lists(path, old, now)
				return
			}
		}
	}
	if before, after := show(from), show(to); before != after || !same(from, to) {
		d.add(Change{Path: path, What: Changed, From: before, To: after})
	}
}

func (d *differ) objects(path string, from, to map[string]any) {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(from)), maps.Keys(to))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		old, was := from[key]
		now, is := to[key]
		d.pair(definition.Join(path, key), old, was, now, is)
	}
}

func (d *differ) pair(path string, from any, was bool, to any, is bool) {
	switch {
	case !was:
		d.add(Change{Path: path, What: Added, To: show(to)})
	case !is:
		d.add(Change{Path: path, What: Removed, From: show(from)})
	default:
		d.values(path, from, to)
	}
}

// named is a list of objects with different names.
type named struct {
	names  []string
	values map[string]any
}

func bothNamed(from, to []any) (before, after named, ok bool) {
	before, was := namedOf(from)
	after, is := namedOf(to)
	return before, after, was && is
}

func namedOf(list []any) (named, bool) {
	n := named{values: map[string]any{}}
	for _, element := range list {
		object, ok := element.(map[string]any)
		if !ok {
			return n, false
		}
		name, ok := object["name"].(string)
		if _, twice := n.values[name]; !ok || twice {
			return n, false
		}
		n.names = append(n.names, name)
		n.values[name] = element
	}
	return n, true
}

// lists compares lists whose elements have names: first what was in the old one,
// then what is new, then the order.
func (d *differ) lists(path string, from, to named) {
	for _, name := range from.names {
		now, is := to.values[name]
		d.pair(path+"["+name+"]", from.values[name], true, now, is)
	}
	for _, name := range to.names {
		if _, was := from.values[name]; !was {
			d.pair(path+"["+name+"]", nil, false, to.values[name], true)
		}
	}
	before := kept(from.names, to.values)
	after := kept(to.names, from.values)
	if !slices.Equal(before, after) {
		d.add(Change{Path: path, What: Changed, From: "order " + shorten(strings.Join(before, ", ")), To: shorten(strings.Join(after, ", "))})
	}
}

func kept(names []string, in map[string]any) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { _, ok := in[name]; return !ok })
}

func compact(value any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("bundle: a value of JSON: " + err.Error())
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func same(a, b any) bool { return compact(a) == compact(b) }

func show(value any) string { return shorten(compact(value)) }

// shorten cuts a text that is too long to be read, between characters.
func shorten(text string) string {
	if utf8.RuneCountInString(text) <= maxValue {
		return text
	}
	return string([]rune(text)[:maxValue-1]) + "…"
}
