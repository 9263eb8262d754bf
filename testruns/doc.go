// Package testruns tries a flowchart or a strategy out on a server of a staging
// group, as it is designed now, marked or not: what becomes of many profiles. It
// also loads profiles into the table of a group.
//
// Package and profiles travel through the group's database and are removed from it
// when the result was collected; this package keeps the runs and their results.
// The steps are driven from outside, by package workflows/testrun: Begin, Collect
// or Fail. Each may be repeated.
//
// It imports no Temporal, no REST and no database; sub-package testrunspg keeps its
// table in the control database.
package testruns
