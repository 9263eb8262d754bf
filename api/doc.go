// Package api is the REST interface of the control plane: tenants, solutions,
// server groups, servers, accounts, access groups, business processes, audit
// events, nodes and tokens. What it speaks are the shapes of package client; what
// it does, the services of the domain packages do.
//
// Every operation is declared with its action. Authorization comes before
// anything is looked up: in the caller's own tenant what is not allowed is 403
// whether it exists or not, and of any other tenant everything is 404.
//
// openapi.yaml is generated from the operations; go generate writes it, a test
// compares it.
package api

//go:generate go run ./internal/writeopenapi openapi.yaml
