package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of error it is; a boundary maps it to its own status.
type Kind string

// The closed set of kinds.
const (
	Invalid              Kind = "invalid"               // the input is wrong; the places say where
	Unauthenticated      Kind = "unauthenticated"       // no valid credentials
	Forbidden            Kind = "forbidden"             // the caller is known and may not
	NotFound             Kind = "not-found"             // missing, or another tenant's: they look the same
	Conflict             Kind = "conflict"              // the state does not allow it
	PreconditionFailed   Kind = "precondition-failed"   // If-Match does not name the present version
	PreconditionRequired Kind = "precondition-required" // If-Match is missing
	TooLarge             Kind = "too-large"             // a body, a page or a document over its bound
	TooMany              Kind = "too-many-requests"     // over the caller's rate
	Unavailable          Kind = "unavailable"           // try again later
	Internal             Kind = "internal"              // a defect or a broken dependency
)

// Place is one spot of the input that is wrong.
type Place struct {
	// Path is where: "do[2].route.with.targets[0].for", or a field of a body.
	Path string `json:"path"`
	// Line is the 1-based line in a document, 0 where there is none.
	Line int `json:"line,omitempty"`
	// Message says what is wrong and what was expected.
	Message string `json:"message"`
}

// Fault is a classified error.
type Fault struct {
	Kind Kind
	// Type is the stable, kebab-case name of the problem, "process-not-granted".
	// It is the last segment of the problem type of RFC 9457.
	Type string
	// Message is a sentence for the caller, without secrets and internals.
	Message string
	Places  []Place
	cause   error
}

// New returns a Fault with a public message.
func New(kind Kind, typ, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Type: typ, Message: fmt.Sprintf(format, args...)}
}

// At adds a place and returns the fault.
func (f *Fault) At(path string, line int, format string, args ...any) *Fault {
	f.Places = append(f.Places, Place{Path: path, Line: line, Message: fmt.Sprintf(format, args...)})
	return f
}

// Because sets the hidden cause and returns the fault.
func (f *Fault) Because(cause error) *Fault {
	f.cause = cause
	return f
}

// Error has the public message and, for logs, the cause.
func (f *Fault) Error() string {
	text := f.Message
	for _, p := range f.Places {
		text += fmt.Sprintf("; %s: %s", p.Path, p.Message)
	}
	if f.cause != nil {
		text += ": " + f.cause.Error()
	}
	return text
}

// Unwrap returns the hidden cause.
func (f *Fault) Unwrap() error { return f.cause }

// As returns the outermost Fault in err's chain.
func As(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}

// KindOf returns err's kind; Internal for what is not a Fault.
func KindOf(err error) Kind {
	if f, ok := As(err); ok {
		return f.Kind
	}
	return Internal
}

// Is reports whether err is a Fault of that kind.
func Is(err error, kind Kind) bool {
	f, ok := As(err)
	return ok && f.Kind == kind
}
