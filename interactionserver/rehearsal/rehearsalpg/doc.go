// Package rehearsalpg keeps the jobs and results of test runs in the group's
// PostgreSQL database, for as long as a run takes.
package rehearsalpg
