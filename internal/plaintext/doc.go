// Package plaintext checks texts that people read, such as display names: what is
// in them is seen, and is seen in the order in which it is written.
//
// It imports no other package of Switchyard.
package plaintext
