package rest

import (
	"fmt"
	"reflect"
	"strings"
)

// shape says which names a JSON body may have where it is decoded into structs.
// Package encoding/json alone takes names in any case.
type shape struct {
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
			s.fields[name] = shapeOf(op, field.Type)
		}
		return s
	default:
		return &shape{}
	}
}

// fits reports whether the body, which was scanned before, has known names only,
// each as it is declared, and no null in place of a field.
func (s *shape) fits(body []byte) bool {
	text := scanner{text: body, maxValues: len(body) + 1, passing: true}
	text.space()
	return len(body) > 0 && s.value(&text)
}

func (s *shape) value(text *scanner) bool {
	switch {
	case text.next() == 'n':
		return false
	case s.fields != nil:
		return text.next() == '{' && s.object(text)
	case s.list != nil:
		return text.next() == '[' && s.array(text)
	default:
		return text.value(0) == nil
	}
}

func (s *shape) object(text *scanner) bool {
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
		if !field.value(text) {
			return false
		}
	}
	return true
}

func (s *shape) array(text *scanner) bool {
	for text.pass('[', ']') {
		if !s.list.value(text) {
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
