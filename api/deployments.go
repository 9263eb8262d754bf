package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/internal/rest"
)

const deploymentsListing listing = "deployments"

const deploymentsTag = "Deployments"

func (h *handlers) registerDeployments(a *rest.API) {
	const (
		channel = "/v1/tenants/{tenant}/channels/{channel}"
		all     = channel + "/deployments"
		one     = all + "/{number}"
	)
	rest.Handle(a, rest.Operation{
		ID: "create-deployment", Method: http.MethodPost, Path: all, Tag: deploymentsTag, Summary: "Deploy a channel to a server group",
		Description: "Also rolls back (kind rollback) and undeploys (kind undeploy). The deployment waits for those of the channel to the group that have not ended; its progress is on the resource. What would be refused is refused at once where it can be known: nothing marked, no difference to what is active, a rollback to offers that are retired, expired or gone.",
		Action:      string(accessgroups.Deploy), Status: http.StatusCreated, Idempotent: true, Problems: []int{http.StatusConflict},
	}, h.createDeployment)
	rest.Handle(a, rest.Operation{
		ID: "list-deployments", Method: http.MethodGet, Path: all, Tag: deploymentsTag, Summary: "List the deployments of a channel, newest first",
		Action: string(accessgroups.ViewDesign),
	}, h.listDeployments)
	rest.Handle(a, rest.Operation{
		ID: "get-deployment", Method: http.MethodGet, Path: one, Tag: deploymentsTag, Summary: "Read a deployment with the progress of its servers",
		Action: string(accessgroups.ViewDesign),
	}, h.getDeployment)
	rest.Handle(a, rest.Operation{
		ID: "cancel-deployment", Method: http.MethodPost, Path: one + ":cancel", Tag: deploymentsTag, Summary: "Cancel a deployment",
		Description: "Only before the group's active version moves. Cancelling twice is harmless.",
		Action:      string(accessgroups.Deploy), Problems: []int{http.StatusConflict},
	}, h.cancelDeployment)
	rest.Handle(a, rest.Operation{
		ID: "get-deployment-difference", Method: http.MethodGet, Path: one + "/difference", Tag: deploymentsTag, Summary: "Read what a deployment changes in its group",
		Action: string(accessgroups.ViewDesign), Problems: []int{http.StatusConflict},
	}, h.getDeploymentDifference)
	rest.Handle(a, rest.Operation{
		ID: "redeploy-stale", Method: http.MethodPost, Path: "/v1/tenants/{tenant}/deployments:redeploy-stale", Tag: deploymentsTag, Summary: "Deploy everything that is stale again",
		Description: "A channel is stale in a group when something that is common to all channels was changed since it was deployed there: an audience level, a macro, an offer attribute, a campaign, a learning model, a history mapping. One deployment of kind redeploy is asked for each, of those channels that the caller may deploy.",
		Action:      rest.Authenticated, Status: http.StatusCreated, Idempotent: true, Problems: []int{http.StatusNotFound},
	}, h.redeployStale)
	h.registerVersions(a, channel)
}

type createDeploymentInput struct {
	InChannel
	Body client.NewDeployment
}

type deploymentOutput struct {
	Body client.Deployment
}

func (h *handlers) createDeployment(ctx context.Context, in *createDeploymentInput) (*deploymentOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	d, err := h.Deployments.Create(ctx, actor(ctx), tenant, in.Channel, deployments.NewDeployment{
		Group: in.Body.Group, Name: in.Body.Name, Note: in.Body.Note, Kind: deployments.Kind(in.Body.Kind), Of: in.Body.Of,
		Confirm: in.Body.Confirm,
	})
	if err != nil {
		return nil, err
	}
	return &deploymentOutput{Body: deploymentShape(d)}, nil
}

type listDeploymentsInput struct {
	ListInChannel
	Group string `query:"group" maxLength:"63" doc:"Only those to this group."`
	State string `query:"state" enum:"waiting,validating,building,preparing,moving,activating,verifying,releasing,succeeded,failed,cancelled,incomplete" doc:"Only those in this state."`
}

func (h *handlers) listDeployments(ctx context.Context, in *listDeploymentsInput) (*listOutput[client.Deployment], error) {
	request, err := deploymentsListing.request(in.Page)
	if err != nil {
		return nil, err
	}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := h.Deployments.List(ctx, tenant, in.Channel, deployments.Filter{Group: in.Group, State: deployments.State(in.State)}, request)
	if err != nil {
		return nil, err
	}
	return respond(deploymentsListing, page, deploymentShape), nil
}

// InDeployment is the input of what is done to a deployment.
type InDeployment struct {
	InChannel
	Number int64 `path:"number" minimum:"1" doc:"Number of the deployment"`
}

func (h *handlers) getDeployment(ctx context.Context, in *InDeployment) (*deploymentOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	d, err := h.Deployments.Get(ctx, tenant, in.Channel, in.Number)
	if err != nil {
		return nil, err
	}
	return &deploymentOutput{Body: deploymentShape(d)}, nil
}

func (h *handlers) cancelDeployment(ctx context.Context, in *InDeployment) (*deploymentOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	d, err := h.Deployments.Cancel(ctx, actor(ctx), tenant, in.Channel, in.Number)
	if err != nil {
		return nil, err
	}
	return &deploymentOutput{Body: deploymentShape(d)}, nil
}

type differenceOutput struct {
	Body client.PackageDifference
}

func (h *handlers) getDeploymentDifference(ctx context.Context, in *InDeployment) (*differenceOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	difference, err := h.Deployments.Difference(ctx, tenant, in.Channel, in.Number)
	if err != nil {
		return nil, err
	}
	return &differenceOutput{Body: differenceShape(difference)}, nil
}
