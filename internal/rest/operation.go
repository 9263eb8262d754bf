package rest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Actions that need no grant.
const (
	// Public operations need no token.
	Public = "public"
	// Authenticated operations need a valid token and leave the decision to their
	// handler, which must make it.
	Authenticated = "authenticated"
)

// Operation declares one operation. ID, Method, Path, Tag, Summary and Action are
// required.
type Operation struct {
	ID          string // "create-solution": unique, kebab-case
	Method      string
	Path        string // "/v1/tenants/{tenant}/solutions/{solution}:provision"
	Tag         string // the heading in the reference
	Summary     string
	Description string // Markdown
	// Action is what the caller must be granted, one of accessgroups, or Public or
	// Authenticated.
	Action string
	// Status is that of success; 200 with a body, 204 without, if zero.
	Status int
	// Problems are the statuses that are special to this operation, such as 409.
	// Those that follow from its shape (400, 401, 403, 404, 412, 413 …) are added.
	Problems []int
	// Idempotent makes a POST accept an Idempotency-Key. The answer is stored, so
	// it must hold no secret.
	Idempotent bool
	// Rate limits this operation on its own, by tenant or address, on top of the
	// API's rate.
	Rate *Rate
	// LogsIn says that it checks credentials in its body: what it answers with 401
	// counts against the caller's address, which is answered 429 in the end.
	LogsIn bool
	// Unmetered leaves the API's rate out of account, for operations whose handler
	// bounds the work itself.
	Unmetered bool
}

var (
	operationID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	pathParam   = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9]*)\}`)
)

// check panics on a declaration that is wrong: a defect that the first start shows.
func (op Operation) check() {
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	switch {
	case !operationID.MatchString(op.ID):
		panic(fmt.Sprintf("operation %q: its id is not kebab-case", op.ID))
	case !slices.Contains(methods, op.Method):
		panic(fmt.Sprintf("operation %s: method %q", op.ID, op.Method))
	case !strings.HasPrefix(op.Path, "/"):
		panic(fmt.Sprintf("operation %s: path %q", op.ID, op.Path))
	case op.Action == "":
		panic(fmt.Sprintf("operation %s: no action", op.ID))
	case op.Tag == "" || op.Summary == "":
		panic(fmt.Sprintf("operation %s: no tag or summary", op.ID))
	case op.Idempotent && op.Method != http.MethodPost:
		panic(fmt.Sprintf("operation %s: only a POST takes an idempotency key", op.ID))
	}
}

// Params are the names of the path's parameters, in order.
func (op Operation) Params() []string {
	var names []string
	for _, match := range pathParam.FindAllStringSubmatch(op.Path, -1) {
		names = append(names, match[1])
	}
	return names
}
