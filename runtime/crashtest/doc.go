// Package crashtest tests the promises of the runtime on real processes: servers of
// a group, the control plane, Temporal, PostgreSQL and Redis, each of which is
// stopped with SIGKILL at random instants while touchpoints call. What a call has
// acknowledged is in the history exactly once afterwards, and all counts agree.
//
// The servers and the control plane are this package's test binary started again,
// so that they are built as the tests are, with the race detector where that is on.
// `go test` runs a few rounds of each; many of them, which take some minutes, run
// when SWITCHYARD_CRASH_TESTS is "all". The instants come from a seed that is
// printed; SWITCHYARD_CRASH_SEED sets it.
package crashtest
