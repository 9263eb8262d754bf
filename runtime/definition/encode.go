package definition

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Encode returns the canonical JSON of a document, or of any value made of
// documents: equal ones have equal bytes. The form is that of RFC 8785 (no space,
// keys sorted, one way to write a number and a text), but whole numbers are exact
// up to 64 bits, times are in UTC, and what a document may leave out is left out.
func Encode(d any) ([]byte, error) {
	e := encoder{}
	if err := e.value(reflect.ValueOf(d)); err != nil {
		return nil, fmt.Errorf("encode definition: %w", err)
	}
	return e.out, nil
}

type encoder struct{ out []byte }

var (
	timeType      = reflect.TypeFor[time.Time]()
	numberType    = reflect.TypeFor[json.Number]()
	marshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

func (e *encoder) value(v reflect.Value) error {
	if !v.IsValid() {
		e.out = append(e.out, "null"...)
		return nil
	}
	switch v.Type() {
	case timeType:
		return e.time(v.Interface().(time.Time))
	case numberType:
		number, err := plainNumber(v.String())
		if err != nil {
			return err
		}
		return e.value(reflect.ValueOf(number))
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return e.value(v.Elem())
	case reflect.Bool:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case reflect.String:
		e.string(v.String())
	case reflect.Int, reflect.Int32, reflect.Int64:
		if v.Type().Implements(marshalerType) {
			return e.marshaler(v.Interface().(encoding.TextMarshaler))
		}
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case reflect.Float64:
		return e.float(v.Float())
	case reflect.Slice:
		return e.list(v)
	case reflect.Map:
		return e.mapping(v)
	case reflect.Struct:
		return e.object(v)
	default:
		return fmt.Errorf("a value of type %s has no canonical form", v.Type())
	}
	return nil
}

func (e *encoder) time(at time.Time) error {
	if why := timeProblem(at); why != "" {
		return fmt.Errorf("%s", why)
	}
	e.out = append(e.out, '"')
	e.out = at.UTC().AppendFormat(e.out, time.RFC3339Nano)
	e.out = append(e.out, '"')
	return nil
}

func (e *encoder) marshaler(m encoding.TextMarshaler) error {
	text, err := m.MarshalText()
	if err == nil {
		e.string(string(text))
	}
	return err
}

// float writes a number as ECMAScript does, which RFC 8785 asks for.
func (e *encoder) float(f float64) error {
	switch size := math.Abs(f); {
	case math.IsNaN(f), math.IsInf(f, 0):
		return fmt.Errorf("%v is not a number", f)
	case f == 0:
		e.out = append(e.out, '0') // the negative zero too
	case size < 1e-6, size >= 1e21:
		text := strconv.FormatFloat(f, 'e', -1, 64)
		text = strings.Replace(text, "e-0", "e-", 1)
		e.out = append(e.out, text...)
	default:
		e.out = strconv.AppendFloat(e.out, f, 'f', -1, 64)
	}
	return nil
}

// string writes text with the fewest escapes. What is not UTF-8 becomes U+FFFD.
func (e *encoder) string(text string) {
	const hex = "0123456789abcdef"
	e.out = append(e.out, '"')
	for _, r := range text {
		switch r {
		case '"', '\\':
			e.out = append(e.out, '\\', byte(r))
		case '\b':
			e.out = append(e.out, '\\', 'b')
		case '\f':
			e.out = append(e.out, '\\', 'f')
		case '\n':
			e.out = append(e.out, '\\', 'n')
		case '\r':
			e.out = append(e.out, '\\', 'r')
		case '\t':
			e.out = append(e.out, '\\', 't')
		default:
			if r < ' ' {
				e.out = append(e.out, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
			} else {
				e.out = utf8.AppendRune(e.out, r)
			}
		}
	}
	e.out = append(e.out, '"')
}

func (e *encoder) list(v reflect.Value) error {
	e.out = append(e.out, '[')
	for i := range v.Len() {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.value(v.Index(i)); err != nil {
			return err
		}
	}
	e.out = append(e.out, ']')
	return nil
}

func (e *encoder) mapping(v reflect.Value) error {
	if v.Type().Key().Kind() != reflect.String {
		return fmt.Errorf("a value of type %s has no canonical form", v.Type())
	}
	keys := make([]string, 0, v.Len())
	values := make(map[string]reflect.Value, v.Len())
	for entry := v.MapRange(); entry.Next(); {
		key := entry.Key().String()
		keys = append(keys, key)
		values[key] = entry.Value()
	}
	slices.Sort(keys)
	e.out = append(e.out, '{')
	for i, key := range keys {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		e.string(key)
		e.out = append(e.out, ':')
		if err := e.value(values[key]); err != nil {
			return err
		}
	}
	e.out = append(e.out, '}')
	return nil
}

func (e *encoder) object(v reflect.Value) error {
	e.out = append(e.out, '{')
	first := true
	for _, f := range planOf(v.Type()).fields {
		field := v.Field(f.index)
		if f.optional && empty(field) {
			continue
		}
		if !first {
			e.out = append(e.out, ',')
		}
		first = false
		e.string(f.name)
		e.out = append(e.out, ':')
		if err := e.value(field); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	e.out = append(e.out, '}')
	return nil
}

// empty is what omitempty leaves out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Interface, reflect.Pointer:
		return v.IsNil()
	case reflect.Float64:
		return v.Float() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

// plan is how a struct is written: its fields, sorted by their JSON names.
type plan struct {
	fields []planField
	byName map[string]int // index in the struct
}

type planField struct {
	name     string
	index    int
	optional bool
}

var plans sync.Map // reflect.Type → *plan

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{byName: map[string]int{}}
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		p.fields = append(p.fields, planField{name: name, index: i, optional: options == "omitempty"})
		p.byName[name] = i
	}
	slices.SortFunc(p.fields, func(a, b planField) int { return strings.Compare(a.name, b.name) })
	plans.Store(t, p)
	return p
}
