package definition

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/fault"
)

// Limits of documents.
const (
	// MaxProblems bounds what one broken document reports.
	MaxProblems = 50
	// MaxExpression is the number of characters of an expression.
	MaxExpression = 4096
	// MaxBoxes of a flowchart, MaxRules of a strategy.
	MaxBoxes = 1000
	MaxRules = 10_000
)

// checker collects what is wrong with a document.
type checker struct{ places []fault.Place }

func (c *checker) problem(path, format string, args ...any) {
	if len(c.places) < MaxProblems {
		c.places = append(c.places, fault.Place{Path: path, Message: fmt.Sprintf(format, args...)})
	}
}

// why notes a reason that is not empty.
func (c *checker) why(path, why string) bool {
	if why != "" {
		c.problem(path, "%s", why)
	}
	return why == ""
}

// name checks a name that has to be there.
func (c *checker) name(path, name string) { c.why(path, nameProblem(name)) }

// optional checks a name that may be missing.
func (c *checker) optional(path, name string) {
	if name != "" {
		c.name(path, name)
	}
}

// count checks the length of a list or a map; what has too many is not looked at
// further.
func (c *checker) count(path string, n, least, most int, what string) bool {
	switch {
	case n < least:
		c.problem(path, "at least %d %s needed, there are %d", least, what, n)
	case n > most:
		c.problem(path, "%d %s, at most %d are allowed", n, what, most)
	}
	return n <= most
}

// names checks a list of different names.
func (c *checker) names(path string, names []string, least, most int, what string) {
	if !c.count(path, len(names), least, most, what) {
		return
	}
	once := c.once()
	for i, name := range names {
		c.name(index(path, i), name)
		once(index(path, i), name)
	}
}

// once returns a function that notes names that come again.
func (c *checker) once() func(path, name string) {
	seen := map[string]string{}
	return func(path, name string) {
		if first, ok := seen[name]; ok && name != "" {
			c.problem(path, "%s is there already, at %s", name, first)
			return
		}
		seen[name] = path
	}
}

// attributes checks declarations; names already taken are refused.
func (c *checker) attributes(path string, attributes []Attribute, once func(path, name string)) {
	for i, a := range attributes {
		at := index(path, i)
		c.why(at+".name", identifierProblem(a.Name))
		once(at+".name", a.Name)
		c.typed(at, a.Type, a.Default)
	}
}

// typed checks a type and, where there is one, the default of that type.
func (c *checker) typed(path string, t ValueType, value any) {
	if !slices.Contains(ValueTypes, t) {
		c.problem(Join(path, "type"), "unknown type %q, expected one of %s", string(t), list(ValueTypes))
		return
	}
	if _, err := t.Convert(value); err != nil {
		c.problem(Join(path, "default"), "%s", err)
	}
}

// expression checks the text of an expression that has to be there. What it
// computes is checked by package scope.
func (c *checker) expression(path, source string) {
	if strings.TrimSpace(source) == "" {
		c.problem(path, "an expression is needed")
		return
	}
	if n := utf8.RuneCountInString(source); n > MaxExpression {
		c.problem(path, "the expression has %d characters, at most %d are allowed", n, MaxExpression)
	}
}

// condition checks the text of an expression that may be missing.
func (c *checker) condition(path, source string) {
	if source != "" {
		c.expression(path, source)
	}
}

// computed checks expressions by name.
func (c *checker) computed(path string, sources map[string]string, name func(string) string) {
	if !c.count(path, len(sources), 0, 100, "expressions") {
		return
	}
	for _, key := range sorted(sources) {
		c.why(Join(path, key), name(key))
		c.expression(Join(path, key), sources[key])
	}
}

// text checks a text for people, or what stands in for an offer.
func (c *checker) text(path, text string, most int) {
	if n := utf8.RuneCountInString(text); n > most {
		c.problem(path, "the text has %d characters, at most %d are allowed", n, most)
	}
	if !utf8.ValidString(text) {
		c.problem(path, "the text is not valid UTF-8")
	}
}

// dates checks that from lies before to.
func (c *checker) dates(from, to *time.Time, first, last string) {
	for _, date := range []struct {
		path string
		at   *time.Time
	}{{first, from}, {last, to}} {
		if date.at != nil {
			c.why(date.path, timeProblem(*date.at))
		}
	}
	if from != nil && to != nil && !from.Before(*to) {
		c.problem(last, "%s is not after %s, which is %s", to.UTC().Format(time.RFC3339Nano), field(first), from.UTC().Format(time.RFC3339Nano))
	}
}

// span checks a duration that has to be longer than nothing, where it is there.
func (c *checker) span(path string, d *duration.Duration) {
	if d != nil && *d <= 0 {
		c.problem(path, "expected a duration longer than nothing")
	}
	if d != nil && *d > duration.Duration(duration.Max) {
		c.problem(path, "the duration is longer than %d days", duration.Max/(24*time.Hour))
	}
}

func (c *checker) between(path string, n, least, most float64) {
	if math.IsNaN(n) || n < least || n > most {
		c.problem(path, "%v is not from %v to %v", n, least, most)
	}
}

// field is the last part of a path.
func field(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// sorted are the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func list[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}

// oneOf checks a value of a closed set.
func oneOf[T ~string](c *checker, path string, value T, values []T) bool {
	if !slices.Contains(values, value) {
		c.problem(path, "unknown value %q, expected one of %s", string(value), list(values))
		return false
	}
	return true
}

// belongs refuses a field that only other sorts of a thing have.
func belongs[T ~string](c *checker, path, field string, set bool, is T, of ...T) {
	if set && !slices.Contains(of, is) {
		c.problem(Join(path, field), "%s has no %s, it belongs to %s", string(is), field, list(of))
	}
}
