// Package definition is the vocabulary of offer decisions: the documents that a
// design team writes, in the shape that they have in the REST interface, in YAML
// files and in deployment packages.
//
// Each kind has a Check, which finds everything that is wrong with a document by
// itself: missing fields, bounds, dates in reverse, names that are none. What it
// takes other documents to know — references, and the types of expressions — is
// checked by package bundle and package design.
//
// It is a leaf: values only, no I/O, no clock.
package definition
