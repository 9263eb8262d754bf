// Package routing decides which agent is offered which interaction. It is pure:
// values in, values out, no I/O, no clock and no randomness of its own, so that
// the same moment always gives the same answer and any host can run it.
//
// Skill relaxation is a list of targets: each one joins when those before it have
// been tried for their time. Who fits a target is the caller's function.
//
// The package imports the standard library only.
package routing
