package process

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/fault"
)

// checker collects what is wrong with a document.
type checker struct {
	places []fault.Place
}

func (c *checker) add(path string, line int, format string, args ...any) {
	c.places = append(c.places, fault.Place{Path: path, Line: line, Message: fmt.Sprintf(format, args...)})
}

// fault returns all problems in the order of the document, nil when there is none.
func (c *checker) fault() *fault.Fault {
	if len(c.places) == 0 {
		return nil
	}
	sort.SliceStable(c.places, func(i, j int) bool { return c.places[i].Line < c.places[j].Line })
	problems := "1 problem"
	if n := len(c.places); n > MaxProblems {
		problems = fmt.Sprintf("%d problems, the first %d are given", n, MaxProblems)
	} else if n > 1 {
		problems = fmt.Sprintf("%d problems", n)
	}
	f := fault.New(fault.Invalid, "invalid-process", "the business process has %s", problems)
	f.Places = c.places[:min(len(c.places), MaxProblems)]
	return f
}

// value is a node of the document with the path that leads to it.
type value struct {
	node  *yaml.Node
	path  string
	check *checker
}

func (v value) problem(format string, args ...any) {
	v.check.add(v.path, v.node.Line, format, args...)
}

// is reports whether the value is of that YAML kind, and says what it is not.
func (v value) is(kind yaml.Kind, expected string) bool {
	if v.node.Kind == kind && !v.null() {
		return true
	}
	v.problem("expected %s, found %s", expected, v.kind())
	return false
}

func (v value) null() bool { return v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!null" }

// kind names what the value is.
func (v value) kind() string {
	if v.node.Kind == yaml.MappingNode {
		return "a mapping"
	}
	if v.node.Kind == yaml.SequenceNode {
		return "a list"
	}
	switch v.node.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool", "!!int", "!!float":
		return v.node.Value
	default:
		return strconv.Quote(shorten(v.node.Value, 40))
	}
}

// list returns the elements of a list that is not empty.
func (v value) list(expected string, most int) []value {
	if !v.is(yaml.SequenceNode, expected) {
		return nil
	}
	if len(v.node.Content) == 0 {
		v.problem("expected %s, found an empty list", expected)
	}
	if n := len(v.node.Content); n > most {
		v.problem("%d elements, at most %d are allowed", n, most)
		return nil
	}
	elements := make([]value, len(v.node.Content))
	for i, node := range v.node.Content {
		elements[i] = value{node: node, path: fmt.Sprintf("%s[%d]", v.path, i), check: v.check}
	}
	return elements
}

// field is a named value of a mapping.
type field struct {
	value

	name string
	key  *yaml.Node
}

// mapping returns the fields of a mapping in their order, without repeated ones.
func (v value) mapping(expected string) []field {
	if !v.is(yaml.MappingNode, expected) {
		return nil
	}
	var fields []field
	seen := map[string]int{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, node := v.node.Content[i], v.node.Content[i+1]
		path := shorten(key.Value, 64)
		if v.path != "" {
			path = v.path + "." + path
		}
		f := field{value: value{node: node, path: path, check: v.check}, name: key.Value, key: key}
		if key.Kind != yaml.ScalarNode {
			v.check.add(v.path, key.Line, "a name must be text")
			continue
		}
		if line, ok := seen[f.name]; ok {
			v.check.add(path, key.Line, "%s is already given in line %d", f.name, line)
			continue
		}
		seen[f.name] = key.Line
		fields = append(fields, f)
	}
	return fields
}

// object is a mapping of which the names are known.
type object struct {
	value

	fields map[string]field
}

// object reads a mapping that may have the known names and no others.
func (v value) object(expected string, known []string) (object, bool) {
	if !v.is(yaml.MappingNode, expected) {
		return object{value: v}, false
	}
	o := object{value: v, fields: map[string]field{}}
	for _, f := range v.mapping(expected) {
		if !slices.Contains(known, f.name) {
			v.check.add(f.path, f.key.Line, "%s is not known here, expected one of %s",
				strconv.Quote(shorten(f.name, 40)), strings.Join(known, ", "))
			continue
		}
		o.fields[f.name] = f
	}
	return o, true
}

// find returns a field that may be absent.
func (o object) find(name string) (value, bool) {
	f, ok := o.fields[name]
	return f.value, ok
}

// need returns a field and says so when it is missing.
func (o object) need(name, expected string) (value, bool) {
	f, ok := o.fields[name]
	if !ok {
		o.problem("%s is missing, expected %s", name, expected)
	}
	return f.value, ok
}

// text reads text of at most 4,096 bytes. Numbers, booleans and dates that look
// like something else to YAML are not text.
func (v value) text(expected string) (string, bool) {
	if !v.is(yaml.ScalarNode, expected) {
		return "", false
	}
	switch v.node.ShortTag() {
	case "!!str", "!!timestamp":
		return v.node.Value, true
	default:
		hint := ""
		if expected == "text" {
			hint = "; put it in quotes"
		}
		v.problem("expected %s, found %s%s", expected, v.node.Value, hint)
		return "", false
	}
}

// matching reads text of a certain form.
func (v value) matching(form interface{ MatchString(string) bool }, expected string) (string, bool) {
	text, ok := v.text(expected)
	if ok && !form.MatchString(text) {
		v.problem("expected %s, found %s", expected, v.kind())
		return "", false
	}
	return text, ok
}

// oneOf reads a word of a closed set.
func (v value) oneOf(words ...string) (string, bool) {
	expected := "one of " + strings.Join(words, ", ")
	text, ok := v.text(expected)
	if ok && !slices.Contains(words, text) {
		v.problem("expected %s, found %s", expected, v.kind())
		return "", false
	}
	return text, ok
}

// integer reads a whole number within bounds.
func (v value) integer(least, most int) (int, bool) {
	expected := fmt.Sprintf("a whole number from %d to %d", least, most)
	if !v.is(yaml.ScalarNode, expected) {
		return 0, false
	}
	n, err := strconv.Atoi(v.node.Value)
	if v.node.ShortTag() != "!!int" || err != nil || n < least || n > most {
		v.problem("expected %s, found %s", expected, v.kind())
		return 0, false
	}
	return n, true
}

var durationUnits = []string{"days", "hours", "minutes", "seconds", "milliseconds"}

// duration reads ISO 8601 text or a mapping of units, within bounds.
func (v value) duration(least, most time.Duration) Duration {
	d, ok := v.anyDuration()
	if !ok {
		return 0
	}
	if time.Duration(d) < least || time.Duration(d) > most {
		v.problem("expected a duration from %s to %s, found %s", Duration(least), Duration(most), d)
	}
	return d
}

func (v value) anyDuration() (Duration, bool) {
	if v.node.Kind == yaml.MappingNode {
		return v.unitDuration()
	}
	text, ok := v.text("a duration such as PT30S")
	if !ok {
		return 0, false
	}
	d, err := duration.Parse(text)
	if err != nil {
		v.problem("%s", err)
	}
	return d, err == nil
}

func (v value) unitDuration() (Duration, bool) {
	o, _ := v.object("a duration", durationUnits)
	units := []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second, time.Millisecond}
	var total time.Duration
	for i, name := range durationUnits {
		unit, ok := o.find(name)
		if !ok {
			continue
		}
		n, ok := unit.integer(0, int(maxDuration/units[i]))
		if !ok {
			return 0, false
		}
		total += time.Duration(n) * units[i]
	}
	return Duration(total), true
}
