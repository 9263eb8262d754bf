package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/testruns"
)

const testRunsListing listing = "test-runs"

func (h *handlers) registerTestRuns(a *rest.API) {
	const (
		testRunsTag = "Test runs"

		all = "/v1/tenants/{tenant}/channels/{channel}/test-runs"
		one = all + "/{testRun}"
	)
	rest.Handle(a, rest.Operation{
		ID: "create-test-run", Method: http.MethodPost, Path: all, Tag: testRunsTag, Summary: "Try out a flowchart or a strategy over many profiles",
		Description: "A server of a staging group runs it as it is designed now, marked or not; what is deployed stays as it is, and nothing is written to any history. One test run of a group runs at a time.",
		Action:      string(accessgroups.ManageDesign), Status: http.StatusCreated, Idempotent: true,
		Problems: []int{http.StatusConflict, http.StatusServiceUnavailable},
	}, h.createTestRun)
	rest.Handle(a, rest.Operation{
		ID: "list-test-runs", Method: http.MethodGet, Path: all, Tag: testRunsTag, Summary: "List the test runs of a channel, newest first",
		Description: "The last 20 that have ended are kept.",
		Action:      string(accessgroups.ViewDesign),
	}, h.listTestRuns)
	rest.Handle(a, rest.Operation{
		ID: "get-test-run", Method: http.MethodGet, Path: one, Tag: testRunsTag, Summary: "Read a test run with its progress or result",
		Action: string(accessgroups.ViewDesign),
	}, h.getTestRun)
	rest.Handle(a, rest.Operation{
		ID: "cancel-test-run", Method: http.MethodPost, Path: one + ":cancel", Tag: testRunsTag, Summary: "Cancel a test run",
		Description: "Cancelling twice is harmless.",
		Action:      string(accessgroups.ManageDesign), Problems: []int{http.StatusConflict},
	}, h.cancelTestRun)
	rest.Handle(a, rest.Operation{
		ID: "load-profiles", Method: http.MethodPost, Tag: testRunsTag, Summary: "Load profiles into the table of a server group",
		Path:        "/v1/tenants/{tenant}/solutions/{solution}/server-groups/{group}/profiles/{level}:load",
		Description: "A profile takes the place of what was known of the same key, so that loading twice is harmless. Rows that are broken are told and left out.",
		Action:      string(accessgroups.Deploy), Idempotent: true, Problems: []int{http.StatusServiceUnavailable},
	}, h.loadProfiles)
}

type createTestRunInput struct {
	InChannel
	Body client.NewTestRun
}

type testRunOutput struct {
	Body client.TestRun
}

func testRunAnswer(t testruns.TestRun) (*testRunOutput, error) {
	shape, err := testRunShape(t)
	if err != nil {
		return nil, err
	}
	return &testRunOutput{Body: shape}, nil
}

func (h *handlers) createTestRun(ctx context.Context, in *createTestRunInput) (*testRunOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	t, err := h.TestRuns.Create(ctx, actor(ctx), tenant, in.Channel, testruns.NewTestRun{
		Group: in.Body.Group, Flowchart: in.Body.Flowchart, Strategy: in.Body.Strategy, Name: in.Body.Name,
		CSV: in.Body.Profiles.CSV, Table: in.Body.Profiles.Table, Limit: in.Body.Profiles.Limit,
	})
	if err != nil {
		return nil, err
	}
	return testRunAnswer(t)
}

func (h *handlers) listTestRuns(ctx context.Context, in *ListInChannel) (*listOutput[client.TestRun], error) {
	request, err := testRunsListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := h.TestRuns.List(ctx, tenant, in.Channel, request)
	if err != nil {
		return nil, err
	}
	return respond(testRunsListing, page, testRunOutline), nil
}

// InTestRun is the input of what is done to a test run.
type InTestRun struct {
	InChannel
	TestRun string `path:"testRun" maxLength:"36" doc:"Id of the test run"`
}

func (h *handlers) getTestRun(ctx context.Context, in *InTestRun) (*testRunOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	t, err := h.TestRuns.Get(ctx, tenant, in.Channel, testruns.ID(in.TestRun))
	if err != nil {
		return nil, err
	}
	return testRunAnswer(t)
}

func (h *handlers) cancelTestRun(ctx context.Context, in *InTestRun) (*testRunOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	t, err := h.TestRuns.Cancel(ctx, actor(ctx), tenant, in.Channel, testruns.ID(in.TestRun))
	if err != nil {
		return nil, err
	}
	return testRunAnswer(t)
}

type loadProfilesInput struct {
	InGroup
	Level string `path:"level" maxLength:"63" doc:"Name of the audience level"`
	Body  client.ProfileBatch
}

type loadProfilesOutput struct {
	Body client.LoadedProfiles
}

func (h *handlers) loadProfiles(ctx context.Context, in *loadProfilesInput) (*loadProfilesOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	loaded, err := h.TestRuns.LoadProfiles(ctx, tenant, in.Solution, in.Group, in.Level, in.Body.CSV)
	if err != nil {
		return nil, err
	}
	return loadedOutput(loaded), nil
}

func loadedOutput(loaded testruns.Loaded) *loadProfilesOutput {
	return &loadProfilesOutput{Body: client.LoadedProfiles{
		Loaded: loaded.Loaded, Broken: loaded.Broken.Count, BrokenRows: brokenShapes(loaded.Broken),
		UnknownColumns: orEmpty(loaded.UnknownColumns),
	}}
}
