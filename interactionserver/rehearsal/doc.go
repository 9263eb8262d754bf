// Package rehearsal runs a package that is not deployed over many profiles, on a
// server of a staging group: a test run. It counts visitors per box and segment,
// wins and reasons of being dropped per offer, and keeps a few sample rows of each
// segment.
//
// What a run needs and what it comes to lie in the group's database, written and
// collected by the control plane; sub-package rehearsalpg has the table. Nothing
// that is served is touched, and no presentation or response is written.
package rehearsal
