package process

import (
	"regexp"
	"strings"
)

// form is what a name looks like. A regular expression that bounds the length, such
// as {0,62}, is compiled into that many copies of what it repeats, which each
// process that starts would pay for.
type form struct {
	pattern *regexp.Regexp
	longest int // in bytes; the patterns allow ASCII alone
	// hyphensFree leaves hyphens out of the length.
	hyphensFree bool
}

// MatchString returns whether text is of the form.
func (f form) MatchString(text string) bool {
	length := len(text)
	if f.hyphensFree {
		length -= strings.Count(text, "-")
	}
	return length <= f.longest && f.pattern.MatchString(text)
}
