// Package process is the business process language: it parses and checks a
// document (Parse) and runs it as a pure step machine (Definition.Advance). The
// language is described in docs/process-language.md and schema.json: a strict
// subset of the Open Workflow (Serverless Workflow) DSL 1.0 with CEL.
//
// The machine knows no host. It has no clock and does no I/O: it takes a State and
// an Event and returns the next State and an Effect, which the host carries out and
// answers with the next Event. Everything that is needed to go on is in the State,
// whose JSON form can be stored; effects are numbered, and an event for another
// effect than the present one changes nothing, so that a host may deliver events
// more than once.
//
// The package must not import a workflow engine, a database or a transport.
package process
