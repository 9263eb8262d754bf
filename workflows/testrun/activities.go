package testrun

import (
	"context"

	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// activities are those of the control plane. Each can be repeated at any time.
type activities struct{ catalog Catalog }

// BeginTestRun says on the test run that it runs, and returns its state.
func (a *activities) BeginTestRun(ctx context.Context, in Input) (testruns.State, error) {
	return a.catalog.Begin(ctx, in.Tenant, in.TestRun)
}

// FindTestServer returns a server of the group that a process runs as now.
func (a *activities) FindTestServer(ctx context.Context, in search) (server, error) {
	found, err := a.catalog.FindServer(ctx, in.Tenant, in.TestRun, in.Attempt)
	return server{ID: found.ID, Name: found.Name}, err
}

// CollectTestRun takes the result over and ends the test run well, unless it was
// cancelled.
func (a *activities) CollectTestRun(ctx context.Context, in collection) (state testruns.State, err error) {
	err = temporalclient.Beating(ctx, func() error {
		state, err = a.catalog.Collect(ctx, in.Tenant, in.TestRun, in.Server)
		return err
	})
	return state, err
}

// FailTestRun ends the test run without a result, unless it was cancelled.
func (a *activities) FailTestRun(ctx context.Context, in failure) (testruns.State, error) {
	return a.catalog.Fail(ctx, in.Tenant, in.TestRun, in.Reason)
}
