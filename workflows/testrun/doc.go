// Package testrun is the workflow of a test run: a server of a staging group runs
// a package that is not deployed over many profiles, and the control plane collects
// the result.
//
// It is started by business key, testrun/<group>/<test run>, by a dispatcher that
// looks into the control database, so it may be started again at any time. A server
// that dies is replaced by another one, which begins anew. Inputs and histories hold
// ids and counts, never a profile.
//
// Service is the control plane's part, serverwork.NewTestRunWorker an interaction server's.
package testrun
