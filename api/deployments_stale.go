package api

import (
	"context"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

type redeployStaleInput struct {
	InTenant
	Body client.StaleRedeployment
}

type redeployStaleOutput struct {
	Body client.RedeployedChannels
}

func (h *handlers) redeployStale(ctx context.Context, in *redeployStaleInput) (*redeployStaleOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	if err := h.isAtHome(ctx, accessgroups.Deploy, tenant); err != nil {
		return nil, err
	}
	deployable, err := h.deployable(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if len(deployable) == 0 || in.Body.Solution != "" && !deployable[in.Body.Solution] {
		return nil, fault.New(fault.Forbidden, "not-allowed", "the account may not do this")
	}
	redeployed, err := h.Deployments.RedeployStale(ctx, actor(ctx), tenant, in.Body.Name, func(s deployments.Stale) bool {
		return deployable[s.Group.Solution] &&
			(in.Body.Solution == "" || in.Body.Solution == s.Group.Solution) && (in.Body.Group == "" || in.Body.Group == s.Group.Name)
	})
	if err != nil {
		return nil, err
	}
	out := &redeployStaleOutput{Body: client.RedeployedChannels{Items: make([]client.RedeployedChannel, len(redeployed))}}
	for i, r := range redeployed {
		out.Body.Items[i] = redeployedShape(r)
	}
	return out, nil
}

// deployable are the solutions whose channels the caller may deploy.
func (h *handlers) deployable(ctx context.Context, tenant tenants.TenantID) (map[tenants.Name]bool, error) {
	solutions, err := paging.Collect(func(page paging.Request) (paging.Page[tenants.Solution], error) {
		return h.Tenants.Solutions(ctx, tenant, page)
	})
	if err != nil {
		return nil, err
	}
	deployable := map[tenants.Name]bool{}
	for _, solution := range solutions {
		allowed, err := h.allowed(ctx, accessgroups.Deploy, accessgroups.Object{Tenant: tenant, Solution: solution.Name})
		if err != nil {
			return nil, err
		}
		if allowed {
			deployable[solution.Name] = true
		}
	}
	return deployable, nil
}

func redeployedShape(r deployments.Redeployed) client.RedeployedChannel {
	shape := client.RedeployedChannel{
		Channel: r.Channel, Solution: r.Group.Solution, Group: r.Group.Name, Deployment: r.Deployment.Number,
	}
	if problem, ok := fault.As(r.Problem); ok {
		shape.Problem = problem.Message
	}
	return shape
}
