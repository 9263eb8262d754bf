// Package session keeps what the runtime knows of a visit between the calls of a
// touchpoint.
//
// The calls of one session are applied one after another, in the order in which
// they came; a call waits for its turn until its context ends. A session ends when
// it was idle for too long, when it is too old, or when it makes room for others:
// the number of sessions and their bytes are bounded. What makes room is the least
// recently used, taken first from those that were started and never came back, so
// that a flood of new sessions does not displace the ones in use.
//
// It knows nothing of offers and packages, and does no I/O.
package session
