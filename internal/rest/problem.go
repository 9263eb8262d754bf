package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/switchyard/switchyard/internal/fault"
)

// ProblemBase is the URI that the type of every problem begins with.
const ProblemBase = "https://switchyard.dev/problems/"

// maxPlaces bounds how many places a problem names.
const maxPlaces = 50

// Problem is the body of every answer that says no: RFC 9457.
type Problem struct {
	Type   string `json:"type" doc:"A URI that names the kind of problem; stable." example:"https://switchyard.dev/problems/version-changed"`
	Title  string `json:"title" doc:"What kind of problem it is, for people."`
	Status int    `json:"status" doc:"The HTTP status."`
	Detail string `json:"detail" doc:"What is wrong this time, for people."`
	// RequestID is in the body of a 5xx alone: the bodies of two refusals must not
	// differ, and the header X-Request-Id always has it.
	RequestID string          `json:"requestId,omitempty" doc:"Finds the request in the log; with status 5xx only."`
	Errors    []ProblemDetail `json:"errors,omitempty" nullable:"false" doc:"Each place of the input that is wrong."`
}

// ProblemDetail is one place of the input that is wrong.
type ProblemDetail struct {
	Path    string `json:"path" doc:"Where: a field of the body (items[0].name), query.limit, header.If-Match, path.tenant." example:"items[0].name"`
	Line    int    `json:"line,omitempty" doc:"The line in a document, from 1."`
	Message string `json:"message" doc:"What is wrong and what was expected."`
}

// Error makes a Problem an error, as Huma wants it.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the status that Huma answers with.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problems.
func (*Problem) ContentType(string) string { return problemContentType }

const problemContentType = "application/problem+json"

// kinds is the one table from kinds of faults to statuses.
var kinds = map[fault.Kind]struct {
	status int
	title  string
}{
	fault.Invalid:              {http.StatusBadRequest, "Invalid input"},
	fault.Unauthenticated:      {http.StatusUnauthorized, "Not authenticated"},
	fault.Forbidden:            {http.StatusForbidden, "Not allowed"},
	fault.NotFound:             {http.StatusNotFound, "Not found"},
	fault.Conflict:             {http.StatusConflict, "Conflict"},
	fault.PreconditionFailed:   {http.StatusPreconditionFailed, "Changed since"},
	fault.PreconditionRequired: {http.StatusPreconditionRequired, "Precondition required"},
	fault.TooLarge:             {http.StatusRequestEntityTooLarge, "Too large"},
	fault.TooMany:              {http.StatusTooManyRequests, "Too many requests"},
	fault.Unavailable:          {http.StatusServiceUnavailable, "Unavailable"},
	fault.Internal:             {http.StatusInternalServerError, "Internal error"},
}

// problemOf maps an error. What is missing and what belongs to somebody else give
// the same body, whatever the fault says.
func problemOf(err error) *Problem {
	f, ok := fault.As(err)
	switch {
	case !ok && errors.Is(err, context.DeadlineExceeded):
		f = fault.New(fault.Unavailable, "timed-out", "it took too long; try again")
	case !ok || f.Kind == fault.Internal:
		f = fault.New(fault.Internal, "internal", "something went wrong on this side; the request id finds it in the log")
	case f.Kind == fault.NotFound:
		f = fault.New(fault.NotFound, "not-found", "there is no such resource, or you may not see it")
	}
	kind, known := kinds[f.Kind]
	if !known {
		kind = kinds[fault.Internal]
	}
	typ := f.Type
	if typ == "" {
		typ = string(f.Kind)
	}
	p := &Problem{Type: ProblemBase + typ, Title: kind.title, Status: kind.status, Detail: f.Message}
	for _, place := range f.Places[:min(len(f.Places), maxPlaces)] {
		p.Errors = append(p.Errors, ProblemDetail(place))
	}
	return p
}

// protocol are the problems that arise before a request has an operation.
var protocol = map[int]Problem{
	http.StatusBadRequest:                  {Type: "malformed-request", Title: "Malformed request", Detail: "the request is not one of HTTP"},
	http.StatusNotFound:                    {Type: "no-such-route", Title: "Not found", Detail: "there is nothing at this path"},
	http.StatusMethodNotAllowed:            {Type: "method-not-allowed", Title: "Method not allowed", Detail: "this path does not have that method"},
	http.StatusNotAcceptable:               {Type: "not-acceptable", Title: "Not acceptable", Detail: "answers are JSON"},
	http.StatusRequestTimeout:              {Type: "request-timeout", Title: "Request timeout", Detail: "the request was not sent in time"},
	http.StatusRequestEntityTooLarge:       {Type: "body-too-large", Title: "Too large", Detail: "the body is too large"},
	http.StatusUnsupportedMediaType:        {Type: "unsupported-media-type", Title: "Unsupported media type", Detail: "a body is application/json, without content encoding"},
	http.StatusRequestHeaderFieldsTooLarge: {Type: "head-too-large", Title: "Head too large", Detail: "the path and the headers are too large"},
}

// protocolProblem is the problem of a bare status.
func protocolProblem(status int) *Problem {
	p, ok := protocol[status]
	if !ok {
		return problemOf(errUnexpectedStatus)
	}
	p.Type = ProblemBase + p.Type
	p.Status = status
	return &p
}

var errUnexpectedStatus = errors.New("unexpected status")
