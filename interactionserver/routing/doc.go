// Package routing decides which agent is offered which interaction. It is pure:
// no I/O, no clock of its own, no randomness.
package routing
