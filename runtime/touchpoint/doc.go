// Package touchpoint is the runtime API: what a web shop, a call centre or a
// teller machine talks to while a customer waits.
//
// A Service has a method for each call. Every call has an Answer: a status, the
// worst of its messages, and what was asked for; there is no other error. Calls of
// one session are applied one after another, each has a deadline, and whatever a
// caller sends is bounded.
//
// A session stays on the version of its channel with which it began. Which offers
// it is given is up to package decision; this package says what a decision is made
// of: the profile, the segments, what happened in this visit and before.
//
// The clock and the treatment codes are passed in. It knows no transport and no
// database.
package touchpoint
