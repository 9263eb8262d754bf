package apply

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Bounds of one document. Aliases count as often as they are used, which is what
// makes a bomb of them harmless.
const (
	maxNodes = 300_000
	maxDepth = 20
)

// decoder fills values from YAML nodes strictly: an unknown or doubled field and
// a wrong type are problems, each with its line and path. It reads `json` tags,
// so that the shapes of the REST interface serve for files as well.
type decoder struct {
	file     string
	nodes    int
	problems Problems
	// also are fields that the outermost mapping may have beside its own, for the
	// messages only.
	also []string
}

func (d *decoder) fail(node *yaml.Node, path, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.file, Line: node.Line, Path: path, Message: fmt.Sprintf(format, args...)})
}

var (
	nodeType = reflect.TypeFor[*yaml.Node]()
	textType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (d *decoder) decode(node *yaml.Node, path string, depth int, into reflect.Value) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if d.nodes++; d.nodes > maxNodes || depth > maxDepth {
		if d.nodes <= maxNodes+1 {
			d.nodes = maxNodes + 1
			d.fail(node, path, "the document is too large or too deep: at most %d values and %d levels, aliases expanded", maxNodes, maxDepth)
		}
		return
	}
	switch {
	case into.Type() == nodeType:
		into.Set(reflect.ValueOf(node))
	case node.Tag == "!!null":
		return
	case into.CanAddr() && into.Addr().Type().Implements(textType):
		d.decodeText(node, path, into)
	case into.Kind() == reflect.Interface:
		d.decodeAny(node, path, depth, into)
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.decode(node, path, depth, into.Elem())
	case into.Kind() == reflect.Struct:
		d.decodeStruct(node, path, depth, into)
	case into.Kind() == reflect.Slice:
		d.decodeSlice(node, path, depth, into)
	case into.Kind() == reflect.Map:
		d.decodeMap(node, path, depth, into)
	default:
		d.decodeScalar(node, path, into)
	}
}

func (d *decoder) decodeStruct(node *yaml.Node, path string, depth int, into reflect.Value) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, path, "expected a mapping with %s", strings.Join(fieldNames(into.Type()), ", "))
		return
	}
	d.eachPair(node, path, func(key, value *yaml.Node) {
		field, ok := fieldNamed(into, key.Value)
		if !ok {
			names := fieldNames(into.Type())
			if path == "" {
				names = append(slices.Clone(d.also), names...)
			}
			d.fail(key, join(path, key.Value), "unknown field; expected %s", strings.Join(names, ", "))
			return
		}
		d.decode(value, join(path, key.Value), depth+1, field)
	})
}

func (d *decoder) decodeSlice(node *yaml.Node, path string, depth int, into reflect.Value) {
	if node.Kind != yaml.SequenceNode {
		d.fail(node, path, "expected a list")
		return
	}
	for i, element := range node.Content {
		value := reflect.New(into.Type().Elem()).Elem()
		d.decode(element, fmt.Sprintf("%s[%d]", path, i), depth+1, value)
		into.Set(reflect.Append(into, value))
		if d.nodes > maxNodes {
			return
		}
	}
}

func (d *decoder) decodeMap(node *yaml.Node, path string, depth int, into reflect.Value) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, path, "expected a mapping")
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	d.eachPair(node, path, func(key, value *yaml.Node) {
		element := reflect.New(into.Type().Elem()).Elem()
		d.decode(value, join(path, key.Value), depth+1, element)
		into.SetMapIndex(reflect.ValueOf(key.Value), element)
	})
}

// eachPair visits the pairs of a mapping whose keys are distinct texts.
func (d *decoder) eachPair(node *yaml.Node, path string, visit func(key, value *yaml.Node)) {
	seen := make(map[string]bool, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content) && d.nodes <= maxNodes; i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			d.fail(key, path, "expected a plain text as key")
		case seen[key.Value]:
			d.fail(key, join(path, key.Value), "given twice")
		default:
			seen[key.Value] = true
			visit(key, value)
		}
	}
}

func (d *decoder) decodeScalar(node *yaml.Node, path string, into reflect.Value) {
	switch into.Kind() {
	case reflect.String:
		if node.Kind != yaml.ScalarNode || node.Tag != "!!str" {
			d.fail(node, path, "expected a text%s", quoteHint(node))
			return
		}
		into.SetString(node.Value)
	case reflect.Int, reflect.Int64:
		number, err := strconv.ParseInt(node.Value, 10, 64)
		if node.Kind != yaml.ScalarNode || node.Tag != "!!int" || err != nil {
			d.fail(node, path, "expected a whole number")
			return
		}
		into.SetInt(number)
	case reflect.Float64:
		number, err := strconv.ParseFloat(node.Value, 64)
		if !isNumber(node) || err != nil {
			d.fail(node, path, "expected a number")
			return
		}
		into.SetFloat(number)
	case reflect.Bool:
		if node.Kind != yaml.ScalarNode || node.Tag != "!!bool" {
			d.fail(node, path, "expected true or false")
			return
		}
		into.SetBool(node.Value == "true" || node.Value == "True" || node.Value == "TRUE")
	default:
		panic(fmt.Sprintf("apply: no decoding into %s", into.Type()))
	}
}

func isNumber(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && (node.Tag == "!!int" || node.Tag == "!!float")
}

// decodeText reads what has a form of its own: a time, a duration.
func (d *decoder) decodeText(node *yaml.Node, path string, into reflect.Value) {
	if node.Kind != yaml.ScalarNode {
		d.fail(node, path, "expected a text")
		return
	}
	text := node.Value
	if _, isTime := into.Interface().(time.Time); isTime && node.Tag == "!!timestamp" && !strings.Contains(text, ":") {
		text += "T00:00:00Z" // a day begins at midnight, UTC
	}
	if err := into.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
		message := err.Error()
		if _, isTime := into.Interface().(time.Time); isTime {
			message = fmt.Sprintf("expected a time such as 2026-03-01T08:00:00Z, or a day, not %q", node.Value)
		}
		d.fail(node, path, "%s", message)
	}
}

// decodeAny reads a value as JSON would have it.
func (d *decoder) decodeAny(node *yaml.Node, path string, depth int, into reflect.Value) {
	switch {
	case node.Kind == yaml.SequenceNode:
		d.decodeInside(node, path, depth, into, reflect.TypeFor[[]any]())
	case node.Kind == yaml.MappingNode:
		d.decodeInside(node, path, depth, into, reflect.TypeFor[map[string]any]())
	case node.Tag == "!!bool":
		d.decodeInside(node, path, depth, into, reflect.TypeFor[bool]())
	case node.Tag == "!!int":
		d.decodeInside(node, path, depth, into, reflect.TypeFor[int64]())
	case node.Tag == "!!float":
		d.decodeInside(node, path, depth, into, reflect.TypeFor[float64]())
	default:
		into.Set(reflect.ValueOf(node.Value))
	}
}

func (d *decoder) decodeInside(node *yaml.Node, path string, depth int, into reflect.Value, as reflect.Type) {
	value := reflect.New(as).Elem()
	d.decode(node, path, depth+1, value)
	into.Set(value)
}

func quoteHint(node *yaml.Node) string {
	if node.Kind == yaml.ScalarNode {
		return fmt.Sprintf("; put %s in quotes", node.Value)
	}
	return ""
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func fieldName(field reflect.StructField) string {
	if field.Anonymous || !field.IsExported() {
		return ""
	}
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

func fieldNamed(into reflect.Value, name string) (reflect.Value, bool) {
	for _, field := range reflect.VisibleFields(into.Type()) {
		if n := fieldName(field); n != "" && n == name {
			return into.FieldByIndex(field.Index), true
		}
	}
	return reflect.Value{}, false
}

func fieldNames(of reflect.Type) []string {
	var names []string
	for _, field := range reflect.VisibleFields(of) {
		if n := fieldName(field); n != "" {
			names = append(names, n)
		}
	}
	return slices.Compact(names)
}
