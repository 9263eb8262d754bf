// Package crashtest tests deployments on real processes: PostgreSQL, Temporal, a
// control plane and three interaction servers, each of which is stopped with
// SIGKILL at every step of the workflow in turn.
//
// The processes are this package's test binary started again, so that a test can
// hold one at a named point, between the steps of a deployment, while it kills
// whom it wants. `go test` runs a sample of the cases; all of them take some
// minutes and run when SWITCHYARD_CRASH_TESTS is "all".
package crashtest
