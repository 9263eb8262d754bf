// Package deployments brings the design of an interactive channel to a server
// group: it assembles packages from what is designed and what is active there,
// keeps them by their content, and keeps each deployment with its state, the
// progress of its servers and what it changed.
//
// The steps are driven from outside, by package workflows/deployment, in this
// order: Begin, Validate, Build, Record while servers prepare,
// PassPointOfNoReturn, Record once the group's active version has moved and while
// servers activate and report, ReleaseMarks, Finish. Each may be repeated.
//
// It imports no Temporal, no REST and no database; sub-package deploymentspg keeps
// its tables in the control database.
package deployments
