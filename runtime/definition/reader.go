package definition

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/switchyard/switchyard/internal/fault"
)

// reader sets Go values to JSON that is known to be valid. How deep it goes is
// given by the Go type.
type reader struct {
	data   []byte
	at     int
	path   []step // of the value that is read
	places []fault.Place
}

// step is a key, where index is negative, or an index.
type step struct {
	key   string
	index int
}

// maxStep bounds what a path shows of a key.
const maxStep = 100

func (r *reader) problem(format string, args ...any) {
	if len(r.places) == MaxProblems {
		return
	}
	path := ""
	for _, s := range r.path {
		if s.index < 0 {
			path = Join(path, s.key[:min(len(s.key), maxStep)])
		} else {
			path = index(path, s.index)
		}
	}
	r.places = append(r.places, fault.Place{Path: strings.ToValidUTF8(path, ""), Message: fmt.Sprintf(format, args...)})
}

// within reads what lies below a key or an index.
func (r *reader) within(s step, read func()) {
	r.path = append(r.path, s)
	read()
	r.path = r.path[:len(r.path)-1]
}

// expected notes a problem and goes past the value.
func (r *reader) expected(what string) {
	r.problem("expected %s", what)
	r.skip()
}

var unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()

func (r *reader) value(to reflect.Value) {
	t := to.Type()
	if r.peek() == 'n' && t.Kind() != reflect.Interface {
		if t.Kind() != reflect.Pointer && t.Kind() != reflect.Slice && t.Kind() != reflect.Map {
			r.problem("null is no value here; leave the key out")
		}
		r.skip()
		return
	}
	switch {
	case t == timeType:
		r.time(to)
		return
	case t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(unmarshalerType):
		r.unmarshaler(to)
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(t.Elem()))
		r.value(to.Elem())
	case reflect.Interface:
		if v, ok := r.plain(); ok && v != nil {
			to.Set(reflect.ValueOf(v))
		}
	case reflect.Bool:
		r.bool(to)
	case reflect.String:
		if r.peek() != '"' {
			r.expected("a text")
			return
		}
		to.SetString(r.string())
	case reflect.Int:
		r.whole(to)
	case reflect.Float64:
		r.float(to)
	case reflect.Slice:
		r.list(to)
	case reflect.Map:
		r.mapping(to)
	case reflect.Struct:
		r.object(to)
	default:
		panic("definition: no form of JSON is known for " + t.String())
	}
}

func (r *reader) time(to reflect.Value) {
	if r.peek() != '"' {
		r.expected(timeForm)
		return
	}
	at, err := parseTime(r.string())
	if err != nil {
		r.problem("%s", err)
	}
	to.Set(reflect.ValueOf(at))
}

func (r *reader) unmarshaler(to reflect.Value) {
	if r.peek() != '"' {
		r.expected("a text")
		return
	}
	if err := to.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(r.string())); err != nil {
		r.problem("%s", err)
	}
}

func (r *reader) bool(to reflect.Value) {
	c := r.peek()
	if c != 't' && c != 'f' {
		r.expected("true or false")
		return
	}
	to.SetBool(c == 't')
	r.skip()
}

func (r *reader) whole(to reflect.Value) {
	if !numeric(r.peek()) {
		r.expected("a whole number")
		return
	}
	n, err := strconv.ParseInt(r.raw(), 10, 64)
	if err != nil || int64(int(n)) != n {
		r.problem("expected a whole number")
		return
	}
	to.SetInt(n)
}

func (r *reader) float(to reflect.Value) {
	if !numeric(r.peek()) {
		r.expected("a number")
		return
	}
	n, err := strconv.ParseFloat(r.raw(), 64)
	if err != nil || math.IsInf(n, 0) {
		r.problem("the number is too large")
		return
	}
	to.SetFloat(n)
}

func (r *reader) list(to reflect.Value) {
	if r.peek() != '[' {
		r.expected("a list")
		return
	}
	list := reflect.MakeSlice(to.Type(), 0, 0)
	element := reflect.New(to.Type().Elem()).Elem()
	r.elements(func(i int) {
		element.SetZero()
		r.within(step{index: i}, func() { r.value(element) })
		list = reflect.Append(list, element)
	})
	to.Set(list)
}

func (r *reader) mapping(to reflect.Value) {
	if r.peek() != '{' {
		r.expected("an object")
		return
	}
	values := reflect.MakeMap(to.Type())
	element := reflect.New(to.Type().Elem()).Elem()
	r.members(func(key string) {
		name := reflect.ValueOf(key).Convert(to.Type().Key())
		if values.MapIndex(name).IsValid() {
			r.problem("the key is there twice")
			r.skip()
			return
		}
		element.SetZero()
		r.value(element)
		values.SetMapIndex(name, element)
	})
	to.Set(values)
}

func (r *reader) object(to reflect.Value) {
	if r.peek() != '{' {
		r.expected("an object")
		return
	}
	p := planOf(to.Type())
	var seen uint64 // by index of the field; no struct has more than 64
	r.members(func(key string) {
		i, ok := p.byName[key]
		switch {
		case !ok:
			r.problem("unknown key; the keys here are %s", strings.Join(sorted(p.byName), ", "))
			r.skip()
		case seen&(1<<i) != 0:
			r.problem("the key is there twice")
			r.skip()
		default:
			seen |= 1 << i
			r.value(to.Field(i))
		}
	})
}

// plain reads a value of an attribute: nil, a bool, an int64, a float64, a string
// or a []string.
func (r *reader) plain() (any, bool) {
	switch c := r.peek(); {
	case c == 'n':
		r.skip()
		return nil, true
	case c == 't', c == 'f':
		r.skip()
		return c == 't', true
	case c == '"':
		return r.string(), true
	case numeric(c):
		n, err := plainNumber(r.raw())
		if err != nil {
			r.problem("%s", err)
		}
		return n, err == nil
	case c == '[':
		var texts []string
		list := reflect.ValueOf(&texts).Elem()
		r.list(list)
		return texts, true
	default:
		r.expected("a text, a number, true, false or a list of texts")
		return nil, false
	}
}

// The rest reads tokens.

func numeric(c byte) bool { return c == '-' || c >= '0' && c <= '9' }

// peek goes past space and returns the first byte of what comes.
func (r *reader) peek() byte {
	for r.data[r.at] == ' ' || r.data[r.at] == '\n' || r.data[r.at] == '\t' || r.data[r.at] == '\r' {
		r.at++
	}
	return r.data[r.at]
}

// raw returns a number or a literal.
func (r *reader) raw() string {
	start := r.at
	for r.at < len(r.data) && strings.IndexByte(" \n\t\r,]}:", r.data[r.at]) < 0 {
		r.at++
	}
	return string(r.data[start:r.at])
}

func (r *reader) string() string {
	start := r.at
	plain := true
	for r.at++; r.data[r.at] != '"'; r.at++ {
		if r.data[r.at] == '\\' {
			plain = false
			r.at++
		}
	}
	r.at++
	if plain {
		return string(r.data[start+1 : r.at-1])
	}
	var text string
	if err := json.Unmarshal(r.data[start:r.at], &text); err != nil {
		panic("definition: a string of valid JSON: " + err.Error())
	}
	return text
}

func (r *reader) elements(read func(i int)) {
	r.at++
	for i := 0; r.peek() != ']'; i++ {
		read(i)
		if r.peek() == ',' {
			r.at++
		}
	}
	r.at++
}

func (r *reader) members(read func(key string)) {
	r.at++
	for r.peek() != '}' {
		key := r.string()
		r.peek()
		r.at++ // the colon
		r.within(step{key: key, index: -1}, func() { read(key) })
		if r.peek() == ',' {
			r.at++
		}
	}
	r.at++
}

// skip goes past a value, however deep it is.
func (r *reader) skip() {
	depth := 0
	for {
		switch r.peek() {
		case '{', '[':
			depth++
			r.at++
		case '}', ']':
			depth--
			r.at++
		case '"':
			r.string()
		case ',', ':':
			r.at++
			continue
		default:
			r.raw()
		}
		if depth == 0 {
			return
		}
	}
}
