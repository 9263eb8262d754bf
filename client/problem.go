package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// maxText bounds what is quoted of an answer that is not a problem, as a proxy
// sends it.
const maxText = 200

// problemOf reads an answer that says no.
func problemOf(a *answer) *Problem {
	p := &Problem{Status: a.status, Title: http.StatusText(a.status), RequestID: a.header.Get("X-Request-Id")}
	var body struct {
		Type, Title, Detail string
		Errors              []Place
	}
	if json.Unmarshal(a.body, &body) != nil || body.Type == "" {
		p.Type = "unexpected-answer"
		p.Detail = strings.ToValidUTF8(strings.TrimSpace(string(a.body[:min(len(a.body), maxText)])), "")
		return p
	}
	p.Type = body.Type[strings.LastIndexByte(body.Type, '/')+1:]
	p.Title, p.Detail, p.Errors = body.Title, body.Detail, body.Errors
	return p
}
