package tenants

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/plaintext"
)

const (
	maxName        = 63
	maxDisplayName = 200
	maxStored      = 2000 // bytes of a text that a program reports
	maxInt32       = math.MaxInt32
	// maxAccountName leaves room for the prefix of an account's own access group.
	maxAccountName = 55
)

// ParseName checks a name: "cards", "card-dispute".
func ParseName(text string) (Name, error) {
	if why := nameProblem(text, maxName); why != "" {
		return "", fault.New(fault.Invalid, "malformed-name", "malformed name").At("name", 0, "%s", why)
	}
	return text, nil
}

// nameProblem says what is wrong with a name; empty when nothing is.
func nameProblem(text string, longest int) string {
	const rule = "a name has lower case letters, digits and single hyphens, begins with a letter and ends with a letter or digit"
	switch {
	case text == "":
		return "a name is needed"
	case len(text) > longest:
		return "the name is too long"
	case text[0] < 'a' || text[0] > 'z', strings.HasSuffix(text, "-"), strings.Contains(text, "--"):
		return rule
	}
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return rule
		}
	}
	return ""
}

// CheckDisplayName checks a text for people: at most 200 characters, all of them
// seen. It may be empty.
func CheckDisplayName(text string) error {
	if why := textProblem(text); why != "" {
		return errors.New(why)
	}
	return nil
}

// textProblem says what is wrong with a text for people, which may be empty.
func textProblem(text string) string { return plaintext.Problem(text, maxDisplayName) }

// storable returns the text as it can be stored: at most 2,000 bytes.
func storable(text string) string { return plaintext.Storable(text, maxStored) }

// indexed is the path of one element of a list: "roles[2]".
func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// problems collects what is wrong with an input, each with its place.
type problems struct{ fault *fault.Fault }

func (p *problems) add(path, format string, args ...any) {
	if p.fault == nil {
		p.fault = fault.New(fault.Invalid, "invalid-input", "the input is not valid")
	}
	_ = p.fault.At(path, 0, format, args...)
}

// addIf adds a problem unless it is empty.
func (p *problems) addIf(path, problem string) {
	if problem != "" {
		p.add(path, "%s", problem)
	}
}

func (p *problems) err() error {
	if p.fault == nil {
		return nil
	}
	return p.fault
}
