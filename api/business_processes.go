package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/businessprocesses"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

const (
	processesListing listing = "business-processes"
	versionsListing  listing = "process-versions"
)

// InProcess is the input of what is done to a business process.
type InProcess struct {
	InTenant
	Process string `path:"process" maxLength:"63" doc:"Name of the business process"`
}

func (h *handlers) registerProcesses(a *rest.API) {
	const (
		all = "/v1/tenants/{tenant}/business-processes"
		one = all + "/{process}"
	)
	rest.Handle(a, rest.Operation{
		ID: "list-business-processes", Method: http.MethodGet, Path: all, Tag: "Business processes", Summary: "List the business processes of a tenant",
		Action: string(accessgroups.ViewProcesses),
	}, h.listProcesses)
	rest.Handle(a, rest.Operation{
		ID: "get-business-process", Method: http.MethodGet, Path: one, Tag: "Business processes", Summary: "Read a business process with its draft",
		Action: string(accessgroups.ViewProcesses),
	}, h.getProcess)
	rest.Handle(a, rest.Operation{
		ID: "put-business-process", Method: http.MethodPut, Path: one, Tag: "Business processes", Summary: "Create a business process or change its draft",
		Description: "Without If-Match it creates. The draft is kept as it is; it is checked when it is published.",
		Action:      string(accessgroups.ManageProcesses), Problems: []int{http.StatusConflict},
	}, h.putProcess)
	rest.Handle(a, rest.Operation{
		ID: "publish-business-process", Method: http.MethodPost, Path: one + ":publish", Tag: "Business processes", Summary: "Publish the draft",
		Description: "Checks the whole document and makes it an immutable version: 201. When the newest version has the same content, that one is answered: 200. If-Match is optional.",
		Action:      string(accessgroups.ManageProcesses), Status: http.StatusCreated,
	}, h.publishProcess)
	rest.Handle(a, rest.Operation{
		ID: "retire-business-process", Method: http.MethodPost, Path: one + ":retire", Tag: "Business processes", Summary: "Take a process out of service",
		Description: "Servers take no new interactions of it; those that run go on. Publishing brings it back. If-Match is optional.",
		Action:      string(accessgroups.ManageProcesses),
	}, h.retireProcess)
	rest.Handle(a, rest.Operation{
		ID: "list-process-versions", Method: http.MethodGet, Path: one + "/versions", Tag: "Business processes", Summary: "List the published versions, newest first",
		Action: string(accessgroups.ViewProcesses),
	}, h.listProcessVersions)
	rest.Handle(a, rest.Operation{
		ID: "get-process-version", Method: http.MethodGet, Path: one + "/versions/{version}", Tag: "Business processes", Summary: "Read a published version",
		Action: string(accessgroups.ViewProcesses),
	}, h.getProcessVersion)
}

func (h *handlers) listProcesses(ctx context.Context, in *ListInTenant) (*listOutput[client.BusinessProcess], error) {
	request, err := processesListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := h.Processes.List(ctx, tenant, request)
	if err != nil {
		return nil, err
	}
	return respond(processesListing, page, processShape), nil
}

func (h *handlers) getProcess(ctx context.Context, in *InProcess) (*resource[client.BusinessProcess], error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	process, err := h.Processes.Get(ctx, tenant, in.Process)
	if err != nil {
		return nil, err
	}
	return respondOne(process.Version, processShape(process)), nil
}

// optionalMatch is the version that If-Match names, AnyVersion without one.
func optionalMatch(in rest.IfMatch) (int64, error) {
	if in.IfMatch == "" {
		return tenants.AnyVersion, nil
	}
	return in.Version()
}

// putVersion is the version that If-Match names of what is created where there is
// none; none without If-Match.
func putVersion(in rest.IfMatch, none int64) (int64, error) {
	if in.IfMatch == "" {
		return none, nil
	}
	version, err := in.Version()
	if version == rest.AnyVersion && err == nil {
		version = tenants.ExistingVersion
	}
	return version, err
}

type putProcessInput struct {
	InProcess
	rest.IfMatch
	Body client.BusinessProcessDraft
}

type putProcessOutput struct {
	Status int
	rest.ETag
	Body client.BusinessProcess
}

func (h *handlers) putProcess(ctx context.Context, in *putProcessInput) (*putProcessOutput, error) {
	version, err := putVersion(in.IfMatch, businessprocesses.NoVersion)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	process, created, err := h.Processes.PutDraft(ctx, actor(ctx), tenant, in.Process, version, businessprocesses.Draft{
		DisplayName: in.Body.DisplayName, Document: in.Body.Document,
	})
	if err != nil {
		return nil, err
	}
	out := &putProcessOutput{Status: http.StatusOK, ETag: rest.ETag{ETag: rest.VersionETag(process.Version)}, Body: processShape(process)}
	if created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

type actOnProcessInput struct {
	InProcess
	rest.IfMatch
}

type publishProcessOutput struct {
	Status int
	Body   client.ProcessVersion
}

func (h *handlers) publishProcess(ctx context.Context, in *actOnProcessInput) (*publishProcessOutput, error) {
	expected, err := optionalMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	version, created, err := h.Processes.Publish(ctx, actor(ctx), tenant, in.Process, expected)
	if err != nil {
		return nil, err
	}
	out := &publishProcessOutput{Status: http.StatusOK, Body: versionShape(version)}
	if created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

func (h *handlers) retireProcess(ctx context.Context, in *actOnProcessInput) (*resource[client.BusinessProcess], error) {
	expected, err := optionalMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	process, err := h.Processes.Retire(ctx, actor(ctx), tenant, in.Process, expected)
	if err != nil {
		return nil, err
	}
	return respondOne(process.Version, processShape(process)), nil
}

type listVersionsInput struct {
	InProcess
	rest.Page
}

func (h *handlers) listProcessVersions(ctx context.Context, in *listVersionsInput) (*listOutput[client.ProcessVersion], error) {
	request, err := versionsListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := h.Processes.Versions(ctx, tenant, in.Process, request)
	if err != nil {
		return nil, err
	}
	return respond(versionsListing, page, versionShape), nil
}

type getVersionInput struct {
	InProcess
	Version int `path:"version" minimum:"1" maximum:"2147483647" doc:"Number of the version"`
}

type getVersionOutput struct {
	rest.ETag
	Body client.ProcessVersion
}

func (h *handlers) getProcessVersion(ctx context.Context, in *getVersionInput) (*getVersionOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	version, err := h.Processes.Version(ctx, tenant, in.Process, in.Version)
	if err != nil {
		return nil, err
	}
	return &getVersionOutput{ETag: rest.ETag{ETag: rest.QuoteETag(version.Hash)}, Body: versionShape(version)}, nil
}

func processShape(p businessprocesses.Process) client.BusinessProcess {
	return client.BusinessProcess{
		ID: p.ID, Name: p.Name, DisplayName: p.DisplayName, Document: p.Document, Published: p.Published, Retired: p.Retired,
		Version: p.Version, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
}

func versionShape(v businessprocesses.Version) client.ProcessVersion {
	return client.ProcessVersion{
		Process: v.Process, Number: v.Number, Hash: v.Hash, Document: v.Document, PublishedAt: v.PublishedAt, PublishedBy: v.PublishedBy,
	}
}
