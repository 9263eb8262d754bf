package schedule

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Bounds of the queue.
const (
	// MaxOfVisitor bounds the actions that wait for one visitor.
	MaxOfVisitor = 1_000
	// MaxOfMoment bounds the actions of one moment.
	MaxOfMoment = 200
	// MaxWork bounds what is kept of one action, in bytes of JSON.
	MaxWork = 64 << 10
	// Farthest is how far ahead an action can be due.
	Farthest = 10 * 366 * 24 * time.Hour
)

// ID identifies an action in all attempts.
type ID uuid.UUID

// NewID makes an id that nobody has.
func NewID() (ID, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return ID{}, fmt.Errorf("make the id of an action: %w", err)
	}
	return ID(id), nil
}

// String is the id as 36 characters in lower case.
func (id ID) String() string { return uuid.UUID(id).String() }

// ParseID reads the form that String writes, and no other.
func ParseID(text string) (ID, bool) {
	id, err := uuid.Parse(text)
	return ID(id), err == nil && id.String() == text
}

// MarshalText implements encoding.TextMarshaler.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, ok := ParseID(string(text))
	if !ok {
		return fmt.Errorf("%.60q is no id of an action", text)
	}
	*id = parsed
	return nil
}

// Action is something that an event or a pattern has left to do.
type Action struct {
	ID  ID
	Due time.Time

	// Level and Customer are the audience level and the canonical key; without a key
	// the visitor is anonymous, and known by the session.
	Level, Customer, Session string
	Work                     Work

	// Taken says that whoever writes the action does it at once, and then forgets it:
	// others have it only when that takes too long. Due does not count then.
	Taken bool
}

// Work is what there is to do, kept as JSON: it does not depend on the version that
// is served by then.
type Work struct {
	Channel string `json:"channel"`
	// Key has the values of the customer's key in the order of the level.
	Key []any `json:"key,omitempty"`
	// Cause names the event or the pattern and the action, for people.
	Cause string                 `json:"cause"`
	Do    definition.EventAction `json:"do"`
	// All are done in their order, in place of Do: those that a pattern has done at
	// once. Their conditions are those of the time when they are done.
	All []definition.EventAction `json:"all,omitempty"`
	// Last is the answer that they may log as seen.
	Last []Presented `json:"last,omitempty"`
	// Event is what happened, with its parameters. Treatment and ResponseType are
	// those that it came with.
	Event        string         `json:"event"`
	Values       map[string]any `json:"values,omitempty"`
	Treatment    string         `json:"treatment,omitempty"`
	ResponseType string         `json:"responseType,omitempty"`
	// Data is what goes along with a trigger, computed at the time of the event.
	Data map[string]any `json:"data,omitempty"`
}

// Presented is an offer of an answer.
type Presented struct {
	Treatment string `json:"treatment"`
	Offer     string `json:"offer"`
}

// Encode is the form in which an action is kept.
func (a *Action) Encode() ([]byte, error) {
	work, err := json.Marshal(a.Work)
	if err != nil {
		return nil, fault.New(fault.Invalid, "malformed-action", "%s cannot be kept: %s", a.Work.Cause, err)
	}
	if len(work) > MaxWork {
		return nil, fault.New(fault.Invalid, "action-too-large", "%s has %d bytes with its parameters, at most %d are kept",
			a.Work.Cause, len(work), MaxWork)
	}
	return work, nil
}

// maxProblem bounds what is kept of an error, in bytes.
const maxProblem = 1_000

// Problem is an error as it is kept: valid UTF-8 of bounded length without NUL.
func Problem(err error) string {
	text := make([]rune, 0, maxProblem)
	size := 0
	for _, r := range err.Error() {
		if r == 0 {
			r = utf8.RuneError
		}
		if size += utf8.RuneLen(r); size > maxProblem {
			break
		}
		text = append(text, r)
	}
	return string(text)
}
