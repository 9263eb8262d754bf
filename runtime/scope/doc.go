// Package scope says what the expressions of offer decisions see. It makes one
// expression language for each audience level, in which its profile, its macros
// and the offer attributes are objects with declared fields, and compiles against
// it: a misspelt field is found when an expression is saved, not when a customer
// calls.
//
// A Frame holds the values for one visitor. It is set once and every program of
// the level runs on it. A macro is evaluated when the first program that reads it
// runs, and kept.
//
// The package is pure: no I/O, no clock.
package scope
