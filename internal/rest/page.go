package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"

	"github.com/switchyard/switchyard/internal/fault"
)

// The bounds of a page.
const (
	DefaultPageLimit = 50
	MaxPageLimit     = 200
)

// Page is embedded in the input of an operation that lists.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"1024" doc:"Where to go on: next of the page before."`
}

// Items is the body of a page.
type Items[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// NewItems returns a page; next is "" on the last one.
func NewItems[T any](items []T, next string) Items[T] {
	if items == nil {
		items = []T{}
	}
	return Items[T]{Items: items, Next: next}
}

// cursor is what a cursor's text holds. It is validated, not authenticated: it
// says where to go on among what the caller may see, and the query it goes into
// names the tenant by itself, so that a forged one gains nothing.
type cursor[T any] struct {
	Kind     string `json:"k"`
	Position T      `json:"p"`
}

// Checker is implemented by a cursor's position that can be malformed.
type Checker interface{ Check() error }

// EncodeCursor returns the opaque text of a position in the listing of that kind:
// any JSON value, such as the last item's sort key. It is kept out of sight but
// not secret.
func EncodeCursor[T any](kind string, position T) string {
	text, err := json.Marshal(cursor[T]{Kind: kind, Position: position})
	if err != nil {
		panic("cursor position of " + kind + " is not JSON: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// DecodeCursor reads what EncodeCursor made for the same kind and type; ok is
// false for the empty text of a first page. All else is fault Invalid, also a
// position that implements Checker and objects.
func DecodeCursor[T any](kind, text string) (position T, ok bool, err error) {
	if text == "" {
		return position, false, nil
	}
	bad := fault.New(fault.Invalid, "invalid-cursor", "the cursor is not one of this listing").
		At("query.cursor", 0, "expected next of the page before")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || scan(raw, defaultBodyValues) != nil {
		return position, false, bad
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var c cursor[T]
	if decoder.Decode(&c) != nil || c.Kind != kind {
		return position, false, bad
	}
	if _, err := decoder.Token(); err != io.EOF {
		return position, false, bad
	}
	if checker, is := any(c.Position).(Checker); is && checker.Check() != nil {
		return position, false, bad
	}
	return c.Position, true, nil
}
