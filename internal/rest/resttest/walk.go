// Package resttest tests an API of package rest as its callers and its enemies do.
package resttest

import (
	"testing"

	"github.com/switchyard/switchyard/internal/rest"
)

// Request is one call of an operation, as it should succeed.
type Request struct {
	Params map[string]string // path parameters
	Query  string            // without "?"
	Header map[string]string
	Body   any    // JSON; nil: none
	Token  string // bearer
	Status int    // wanted; 0: any below 400
}

// Cases tell Walk how to call the operations.
type Cases struct {
	// Right returns a call of the operation that is right and has not been made
	// yet. It is called once for each operation, in the order of registration.
	Right func(t *testing.T, op rest.Operation) Request
	// OtherTenant is a token of another tenant whose account may do everything there.
	OtherTenant string
	// Missing are path parameters that name nothing.
	Missing map[string]string
	// Forged are further tokens that must be refused; Walk adds malformed ones.
	Forged map[string]string
}

// Walk calls every operation of the API with the right account, with another
// tenant's, without a token and with forged ones.
func Walk(t *testing.T, api *rest.API, cases Cases) { t.Helper(); panic("skeleton") }
