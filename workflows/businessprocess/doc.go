// Package businessprocess runs the business process of each interaction as a
// Temporal workflow.
//
// The workflow is a thin host. What a process does next is decided by a pure
// step machine whose state lies in the group's database; the local activity
// Advance runs it there until it must wait, and says for what. The workflow then
// waits: for a nudge, for a timer, or for an HTTP call that an activity makes.
// Nudges carry no data and nothing depends on their number, so that starting
// twice, nudging twice and advancing twice are harmless.
//
//	start ── Advance ── wait ── nudge ── Advance ── … ── Advance: done
//
// The package has four parts: the workflow and its activities; Workers, which
// polls the task queue of each process that the server was granted; Dispatcher,
// which carries the group's outbox to Temporal; and Guard, which keeps the HTTP
// calls of processes away from private networks. It declares what it needs of
// the interaction server (Host, Outbox) and imports none of its packages.
package businessprocess
