package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/switchyard/switchyard/internal/fault"
)

// maxDepth is how deep a JSON body may be nested.
const maxDepth = 32

// scan checks a JSON body before it is decoded, without building anything:
// syntax, depth, number of values, valid UTF-8, no NUL (PostgreSQL cannot store
// one) and no name twice in an object (readers differ in which one counts). It
// returns a fault that names the line.
func scan(body []byte, maxValues int) error {
	if !utf8.Valid(body) {
		return fault.New(fault.Invalid, "malformed-body", "the body is not valid JSON").At("body", 0, "expected UTF-8")
	}
	s := scanner{text: body, maxValues: maxValues}
	s.space()
	if err := s.value(0); err != nil {
		return err
	}
	s.space()
	if s.at < len(s.text) {
		return s.malformed("expected the end of the body")
	}
	return nil
}

// scanner is a recursive descent over RFC 8259; its recursion ends at maxDepth.
type scanner struct {
	text      []byte
	at        int
	values    int
	maxValues int
	passing   bool // over what was scanned before
}

// malformed is a fault at the present place.
func (s *scanner) malformed(format string, args ...any) error {
	return fault.New(fault.Invalid, "malformed-body", "the body is not valid JSON").At("body", s.line(), format, args...)
}

func (s *scanner) line() int { return 1 + bytes.Count(s.text[:min(s.at, len(s.text))], []byte{'\n'}) }

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// next is the present byte, 0 at the end.
func (s *scanner) next() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return fault.New(fault.TooLarge, "body-too-deep", "the body is nested too deep").
			At("body", s.line(), "expected at most %d levels", maxDepth)
	}
	if s.values++; s.values > s.maxValues {
		return fault.New(fault.TooLarge, "body-too-complex", "the body has too many values").
			At("body", s.line(), "expected at most %d values", s.maxValues)
	}
	switch c := s.next(); {
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '"':
		_, err := s.string()
		return err
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	default:
		return s.literal()
	}
}

func (s *scanner) object(depth int) error {
	var seen names
	s.at++
	s.space()
	if s.next() == '}' {
		s.at++
		return nil
	}
	for {
		if s.next() != '"' {
			return s.malformed("expected a name in quotes")
		}
		name, err := s.string()
		if err != nil {
			return err
		}
		if !s.passing && !seen.add(name) {
			return s.malformed("a name stands twice in one object")
		}
		s.space()
		if s.next() != ':' {
			return s.malformed("expected a colon after the name")
		}
		s.at++
		s.space()
		if err := s.value(depth + 1); err != nil {
			return err
		}
		s.space()
		switch s.next() {
		case ',':
			s.at++
			s.space()
		case '}':
			s.at++
			return nil
		default:
			return s.malformed("expected a comma or the end of the object")
		}
	}
}

func (s *scanner) array(depth int) error {
	s.at++
	s.space()
	if s.next() == ']' {
		s.at++
		return nil
	}
	for {
		if err := s.value(depth + 1); err != nil {
			return err
		}
		s.space()
		switch s.next() {
		case ',':
			s.at++
			s.space()
		case ']':
			s.at++
			return nil
		default:
			return s.malformed("expected a comma or the end of the array")
		}
	}
}

// string passes over a string and returns its raw text between the quotes.
func (s *scanner) string() ([]byte, error) {
	s.at++
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], nil
		case c < ' ':
			return nil, s.malformed("a control character in a string must be escaped")
		case c == '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		default:
			s.at++
		}
	}
	return nil, s.malformed("expected the closing quote of a string")
}

func (s *scanner) escape() error {
	s.at++
	switch s.next() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
		digits := s.text[s.at+1 : min(s.at+5, len(s.text))]
		if len(digits) < 4 || bytes.ContainsFunc(digits, notHex) {
			return s.malformed("expected four hexadecimal digits after \\u")
		}
		if string(digits) == "0000" {
			return s.malformed("the NUL character is not allowed in a string")
		}
		s.at += 5
		return nil
	default:
		return s.malformed("unknown escape in a string")
	}
}

func notHex(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
}

func (s *scanner) number() error {
	if s.next() == '-' {
		s.at++
	}
	if s.next() == '0' {
		s.at++
	} else if s.digits() == 0 {
		return s.malformed("expected a digit")
	}
	if s.next() == '.' {
		s.at++
		if s.digits() == 0 {
			return s.malformed("expected a digit after the point")
		}
	}
	if c := s.next(); c == 'e' || c == 'E' {
		s.at++
		if c := s.next(); c == '+' || c == '-' {
			s.at++
		}
		if s.digits() == 0 {
			return s.malformed("expected a digit in the exponent")
		}
	}
	return nil
}

func (s *scanner) digits() int {
	start := s.at
	for c := s.next(); '0' <= c && c <= '9'; c = s.next() {
		s.at++
	}
	return s.at - start
}

func (s *scanner) literal() error {
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(s.text[s.at:], []byte(word)) {
			s.at += len(word)
			return nil
		}
	}
	return s.malformed("expected a value")
}

// names are those of one object: a list as long as it is short, then a set. The
// list lies on the stack.
type names struct {
	list  [manyNames][]byte
	count int
	set   map[string]struct{}
}

const manyNames = 16

// add reports whether the name is new. Names are compared as they are read.
func (n *names) add(raw []byte) bool {
	if bytes.IndexByte(raw, '\\') >= 0 {
		var plain string
		if json.Unmarshal(fmt.Appendf(nil, `"%s"`, raw), &plain) == nil {
			raw = []byte(plain)
		}
	}
	if n.set != nil {
		before := len(n.set)
		n.set[string(raw)] = struct{}{}
		return len(n.set) > before
	}
	for _, name := range n.list[:n.count] {
		if bytes.Equal(name, raw) {
			return false
		}
	}
	n.list[n.count] = raw
	n.count++
	if n.count == manyNames {
		n.set = make(map[string]struct{}, 2*manyNames)
		for _, name := range n.list {
			n.set[string(name)] = struct{}{}
		}
	}
	return true
}
