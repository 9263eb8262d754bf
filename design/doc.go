// Package design keeps what the design team of a tenant defines: objects of the
// kinds of package definition, each with the history of its changes; the marks
// that say which flowcharts and strategies go out; and the references between
// objects, so that nothing that is in use disappears.
//
// An object is checked when it is saved: by itself, its references, and the types
// of its expressions. What others see of it is checked against them, so that what
// was right once stays right.
package design
