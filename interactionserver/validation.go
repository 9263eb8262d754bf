package interactionserver

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

// Bounds of what callers hand in.
const (
	maxSource     = 100 // characters
	maxExternalID = 200
	maxType       = 100
	maxOutcome    = 100
	maxReason     = 200
	maxPriority   = 1_000_000
	maxProperties = 256 << 10 // bytes of JSON
	maxDepth      = 32        // of properties
)

// DefaultMediaSource is used where a submission names none.
const DefaultMediaSource = "default"

// mediumName is what media are called.
var mediumName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// checks collects what is wrong with an input.
type checks struct{ fault *fault.Fault }

func (c *checks) wrong(path, format string, args ...any) {
	if c.fault == nil {
		c.fault = fault.New(fault.Invalid, "invalid-input", "the input is not valid")
	}
	c.fault = c.fault.At(path, 0, format, args...)
}

// err returns the collected fault as an error, nil when nothing is wrong.
func (c *checks) err() error {
	if c.fault == nil {
		return nil
	}
	return c.fault
}

// text checks a bounded text without control characters, which may be empty.
func (c *checks) text(path, text string, limit int) {
	switch {
	case !utf8.ValidString(text):
		c.wrong(path, "expected UTF-8")
	case utf8.RuneCountInString(text) > limit:
		c.wrong(path, "expected at most %d characters", limit)
	case strings.ContainsFunc(text, unicode.IsControl):
		c.wrong(path, "expected no control characters")
	}
}

// medium checks the name of a medium.
func (c *checks) medium(path, name string) {
	if !mediumName.MatchString(name) {
		c.wrong(path, "expected lower case letters, digits and hyphens, a letter first, at most 63: \"email\"")
	}
}

// properties returns the values as they will be read back, {} for none.
func (c *checks) properties(path string, values process.Values) process.Values {
	if len(values) == 0 {
		return process.Values{}
	}
	if !c.tree(path, map[string]any(values), maxDepth) {
		return nil
	}
	text, err := json.Marshal(values)
	if err != nil {
		c.wrong(path, "expected JSON values")
		return nil
	}
	if len(text) > maxProperties {
		c.wrong(path, "expected at most %d bytes of JSON", maxProperties)
		return nil
	}
	var normal process.Values
	if err := json.Unmarshal(text, &normal); err != nil {
		c.wrong(path, "expected JSON values")
		return nil
	}
	return normal
}

// tree reports whether a JSON value has only text that PostgreSQL can keep, and
// is not nested deeper than depth.
func (c *checks) tree(path string, value any, depth int) bool {
	if depth < 0 {
		c.wrong(path, "expected at most %d levels", maxDepth)
		return false
	}
	switch v := value.(type) {
	case string:
		return c.storable(path, v)
	case []any:
		for i, element := range v {
			if !c.tree(path+"["+strconv.Itoa(i)+"]", element, depth-1) {
				return false
			}
		}
	case process.Values:
		return c.tree(path, map[string]any(v), depth)
	case map[string]any:
		for name, element := range v {
			if !c.storable(path, name) || !c.tree(fmt.Sprintf("%s.%s", path, name), element, depth-1) {
				return false
			}
		}
	}
	return true
}

func (c *checks) storable(path, text string) bool {
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		c.wrong(path, "expected UTF-8 without NUL characters")
		return false
	}
	return true
}

// check returns the submission as it is to be stored, or what is wrong with it.
func (in Submission) check() (Submission, error) {
	var c checks
	if in.MediaSource == "" {
		in.MediaSource = DefaultMediaSource
	}
	c.text("mediaSource", in.MediaSource, maxSource)
	c.text("externalId", in.ExternalID, maxExternalID)
	c.medium("mediaType", in.MediaType)
	c.text("type", in.Type, maxType)
	c.text("subtype", in.Subtype, maxType)
	if in.Priority < -maxPriority || in.Priority > maxPriority {
		c.wrong("priority", "expected a number between %d and %d", -maxPriority, maxPriority)
	}
	if in.Process == "" {
		c.wrong("process", "expected the name of a business process")
	}
	in.Properties = c.properties("properties", in.Properties)
	return in, c.err()
}

// check returns the completion as it is to be stored, or what is wrong with it.
func (in Completion) check() (Completion, error) {
	var c checks
	c.text("outcome", in.Outcome, maxOutcome)
	in.Properties = c.properties("properties", in.Properties)
	return in, c.err()
}

// check says what is wrong with the change of a medium that the agent has
// capacity for.
func (in MediumChange) check() error {
	var c checks
	switch in.State {
	case Ready, NotReady, AfterWork:
	default:
		c.wrong("state", "expected %q, %q or %q", Ready, NotReady, AfterWork)
	}
	c.text("reason", in.Reason, maxReason)
	return c.err()
}

// checkReason checks a reason, which must be given when needed is set.
func checkReason(reason string, needed bool) error {
	var c checks
	if needed && reason == "" {
		c.wrong("reason", "expected a reason")
	}
	c.text("reason", reason, maxReason)
	return c.err()
}
