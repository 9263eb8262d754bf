package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// shape says which names a JSON body may have where it is decoded into structs.
// Package encoding/json alone takes names in any case.
type shape struct {
	at     []int             // of a field, in its struct
	fields map[string]*shape // of an object; nil: anything
	list   *shape            // of the elements of an array; nil: no array
}

// boundTags are those that only Huma checks.
var boundTags = []string{
	"enum", "format", "maxItems", "maxLength", "maxProperties", "maximum", "exclusiveMaximum", "minItems", "minLength",
	"minProperties", "minimum", "exclusiveMinimum", "multipleOf", "pattern", "required", "uniqueItems",
}

func bounded(tag reflect.StructTag) bool {
	for _, name := range boundTags {
		if _, ok := tag.Lookup(name); ok {
			return true
		}
	}
	return false
}

// shapeOf panics where a field would have to be checked beyond its type.
func shapeOf(op Operation, t reflect.Type) *shape {
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(op, t.Elem())
	case reflect.Slice:
		return &shape{list: shapeOf(op, t.Elem())}
	case reflect.Struct:
		s := &shape{fields: map[string]*shape{}}
		for _, field := range reflect.VisibleFields(t) {
			if field.Anonymous && field.IsExported() {
				continue
			}
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "" || !strings.Contains(options, "omit") || bounded(field.Tag) {
				panic(fmt.Sprintf("operation %s: a hot one cannot check the field %s.%s", op.ID, t, field.Name))
			}
			of := shapeOf(op, field.Type)
			of.at = field.Index
			s.fields[name] = of
		}
		return s
	default:
		return &shape{}
	}
}

// decode fills a struct in. It reports whether the body, which was scanned before, has
// known names only, each as it is declared, no null in place of a field, and values
// that fit.
func (s *shape) decode(body []byte, into reflect.Value) bool {
	text := scanner{text: body, maxValues: len(body) + 1, passing: true}
	text.space()
	return text.next() == '{' && s.object(&text, into)
}

// fits reports the same of a value, but whether it fits its type.
func (s *shape) fits(text *scanner) bool {
	switch {
	case text.next() == 'n':
		return false
	case s.fields != nil:
		return text.next() == '{' && s.object(text, reflect.Value{})
	case s.list != nil:
		return text.next() == '[' && s.array(text)
	default:
		return text.value(0) == nil
	}
}

// object passes over an object and fills its struct in, where there is one.
func (s *shape) object(text *scanner, into reflect.Value) bool {
	for text.pass('{', '}') {
		name, err := text.string()
		if err != nil {
			return false
		}
		field := s.fields[string(name)]
		if field == nil {
			return false
		}
		text.space()
		text.at++ // the colon
		text.space()
		from := text.at
		if !field.fits(text) || into.IsValid() && !field.fill(text.text[from:text.at], into) {
			return false
		}
	}
	return true
}

// fill decodes a field. The usual types need no package for that.
func (s *shape) fill(text []byte, of reflect.Value) bool {
	field, err := of.FieldByIndexErr(s.at)
	if err != nil {
		return false
	}
	switch to := field.Addr().Interface().(type) {
	case *int:
		*to, err = strconv.Atoi(string(text))
		return err == nil
	case *string:
		if text[0] == '"' && bytes.IndexByte(text, '\\') < 0 {
			*to = string(text[1 : len(text)-1])
			return true
		}
	}
	return json.Unmarshal(text, field.Addr().Interface()) == nil
}

func (s *shape) array(text *scanner) bool {
	for text.pass('[', ']') {
		if !s.list.fits(text) {
			return false
		}
	}
	return true
}

// pass goes on to the next part of an object or array; false once it has passed
// its end.
func (s *scanner) pass(begin, end byte) bool {
	s.space()
	more := s.next() == begin || s.next() == ','
	s.at++
	s.space()
	if more && s.next() == end { // it is empty
		s.at++
		return false
	}
	return more
}
