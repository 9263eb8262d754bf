// Package fault classifies errors once, where they arise, so that every
// boundary (REST, workflow, command line) can treat a kind of error alike.
//
// A Fault has a public part, which may be shown to the caller: a kind, a stable
// type, a message and the places that it concerns. Its cause is for the log
// alone. An error that is not a Fault is Internal: its text is never shown.
//
// The package imports the standard library only.
package fault
