// Package eventpattern says when the events of a customer meet an event pattern.
//
// A Pattern is compiled from a definition.EventPattern. What it has to remember of
// a customer is a State, a few hundred bytes of JSON. Match says what an event
// means to the pattern, by the conditions of its members; Step goes on from a state
// by that, without any expression, so that it can be done in the transaction that
// has the state locked. Advance is both.
//
//	match-all         every member once
//	counter           every member as often as its count
//	weighted-counter  the sum of weight × events reaches the threshold
//	sequence          the members one after another; others may lie between
//
// An event counts for each member that it fits, but is one step of a sequence.
//
// A window between two instants lets events count from From until before To. A
// rolling one lets those of the last For count: an event exactly For ago does not.
// There a member that is needed so often that its events are not kept one by one
// (more than 64 times, or fewer where there are more than ten members) counts them
// in parts of the window: such an event may cease to count early, by one part at
// most, and never counts late.
//
// A suspending event takes back what has counted, and nothing counts any more: in a
// rolling window until For has gone by, else ever. It does not count itself. Events
// outside of From and To do not suspend. A pattern that was met starts anew if it
// may be met again, else it is over.
//
// A clock that goes back does not: an event before the last that counted is taken
// to be as late as that. A state that was made by another definition of the
// pattern, but for its actions, is dropped: the pattern starts anew.
//
// The package is pure: no I/O, no clock.
package eventpattern
