// Package server runs one interaction server: it wires the service of package
// interactionserver to its database, to the control plane, to Temporal and to its
// REST surface, and looks after their lives. The runtime of touchpoints is wired to
// the same database, with sessions in memory.
//
// A server needs its database to start, and nothing else: while the control plane
// is away it works by the configuration that it stored, and while Temporal is
// away it accepts interactions and keeps what Temporal has to be told.
package server
