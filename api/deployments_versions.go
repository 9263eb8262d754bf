package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/definition"
)

func (h *handlers) registerVersions(a *rest.API, channel string) {
	rest.Handle(a, rest.Operation{
		ID: "list-channel-versions", Method: http.MethodGet, Path: channel + "/versions", Tag: deploymentsTag, Summary: "Read what each server group serves of a channel",
		Description: "With the version of each server, and whether it is stale: something that is common to all channels was changed since.",
		Action:      string(accessgroups.ViewDesign),
	}, h.listChannelVersions)
	rest.Handle(a, rest.Operation{
		ID: "get-pending-changes", Method: http.MethodGet, Path: channel + "/pending-changes", Tag: deploymentsTag, Summary: "Read what a deployment to a group would do now",
		Description: "What goes out or off by its mark, by whom it was marked and when, what was edited or made and is not marked, and the difference to what the group serves.",
		Action:      string(accessgroups.ViewDesign),
	}, h.getPendingChanges)
	rest.Handle(a, rest.Operation{
		ID: "get-package", Method: http.MethodGet, Path: channel + "/packages/{hash}", Tag: deploymentsTag, Summary: "Read a package",
		Action: string(accessgroups.ViewDesign),
	}, h.getPackage)
	rest.Handle(a, rest.Operation{
		ID: "get-package-difference", Method: http.MethodGet, Path: channel + "/packages/{hash}/difference", Tag: deploymentsTag, Summary: "Read what differs between two packages",
		Action: string(accessgroups.ViewDesign),
	}, h.getPackageDifference)
}

type versionsOutput struct {
	Body struct {
		Items []client.ChannelVersion `json:"items" nullable:"false"`
	}
}

func (h *handlers) listChannelVersions(ctx context.Context, in *InChannel) (*versionsOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	versions, err := h.Deployments.Versions(ctx, tenant, in.Channel)
	if err != nil {
		return nil, err
	}
	out := &versionsOutput{}
	out.Body.Items = make([]client.ChannelVersion, len(versions))
	for i, v := range versions {
		out.Body.Items[i] = channelVersionShape(v)
	}
	return out, nil
}

type pendingInput struct {
	InChannel
	Group string `query:"group" required:"true" maxLength:"63" doc:"The server group."`
}

type pendingOutput struct {
	Body client.PendingChanges
}

func (h *handlers) getPendingChanges(ctx context.Context, in *pendingInput) (*pendingOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	pending, err := h.Deployments.Pending(ctx, tenant, in.Channel, in.Group)
	if err != nil {
		return nil, err
	}
	return &pendingOutput{Body: pendingShape(pending)}, nil
}

// InPackage is the input of what is read of a package.
type InPackage struct {
	InChannel
	Hash string `path:"hash" maxLength:"64" doc:"Hash of the package"`
}

type packageOutput struct {
	rest.ETag
	Body client.Package
}

func (h *handlers) getPackage(ctx context.Context, in *InPackage) (*packageOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	pack, err := h.Deployments.PackageOf(ctx, tenant, in.Channel, in.Hash)
	if err != nil {
		return nil, err
	}
	content, err := definition.Encode(pack.Content)
	if err != nil {
		return nil, err
	}
	return &packageOutput{
		ETag: rest.ETag{ETag: rest.QuoteETag(in.Hash)},
		Body: client.Package{Hash: in.Hash, Channel: pack.Channel, Format: pack.Format, Content: content},
	}, nil
}

type packageDifferenceInput struct {
	InPackage
	From string `query:"from" maxLength:"64" doc:"Hash of the package to compare with; without one it is compared with nothing."`
}

func (h *handlers) getPackageDifference(ctx context.Context, in *packageDifferenceInput) (*differenceOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	difference, err := h.Deployments.PackageDifference(ctx, tenant, in.Channel, in.From, in.Hash)
	if err != nil {
		return nil, err
	}
	return &differenceOutput{Body: differenceShape(difference)}, nil
}
