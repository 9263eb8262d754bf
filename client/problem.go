package client

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotModified says that the caller has the present version.
var ErrNotModified = errors.New("not modified")

// Problem is an answer that says no, in the form of RFC 9457.
type Problem struct {
	// Type is the last segment of the problem's type: "process-not-granted".
	Type   string
	Title  string
	Status int
	Detail string
	// RequestID finds the request in the server's log.
	RequestID string
	Errors    []Place
}

// Place is one spot of the input that is wrong.
type Place struct {
	Path    string `json:"path"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
}

// Error has status, detail and places on one line.
func (p *Problem) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d %s: %s", p.Status, p.Type, p.Detail)
	for _, place := range p.Errors {
		fmt.Fprintf(&text, "; %s", place.Path)
		if place.Line > 0 {
			fmt.Fprintf(&text, " (line %d)", place.Line)
		}
		fmt.Fprintf(&text, ": %s", place.Message)
	}
	return text.String()
}

// IsStatus reports whether err is a Problem with that status.
func IsStatus(err error, status int) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == status
}

// IsType reports whether err is a Problem of that type: "process-not-granted".
func IsType(err error, typ string) bool {
	var p *Problem
	return errors.As(err, &p) && p.Type == typ
}
