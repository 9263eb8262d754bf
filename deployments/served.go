package deployments

import (
	"context"
	"fmt"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

var _ design.Deployed = (*Service)(nil)

// ServedBy implements design.Deployed.
func (s *Service) ServedBy(ctx context.Context, tenant tenants.TenantID, of definition.Reference) ([]string, error) {
	channel := of.Channel
	if of.Kind == definition.KindChannel {
		channel = of.Name
	}
	actives, err := view(ctx, s, tenant, func(ctx context.Context, r Reader) ([]Active, error) {
		return r.Actives(ctx, channel)
	})
	if err != nil {
		return nil, err
	}
	var groups []string
	for _, active := range actives {
		served, err := s.serves(ctx, active.Deployment, of)
		if err != nil {
			return nil, err
		}
		if served {
			groups = append(groups, active.Deployment.Group.Solution+"/"+active.Deployment.Group.Name)
		}
	}
	if of.Kind == definition.KindChannel {
		coming, err := s.coming(ctx, tenant, of.Name)
		groups = append(groups, coming...)
		return groups, err
	}
	return groups, nil
}

// coming are the groups that a deployment of the channel has not ended to: without
// the channel nobody could take it off again.
func (s *Service) coming(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) ([]string, error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) ([]string, error) {
		open, err := r.Open(ctx, channel, "")
		if err != nil {
			return nil, err
		}
		var groups []string
		for _, number := range open[:min(len(open), MaxOpen)] {
			d, err := r.Deployment(ctx, channel, number)
			if err != nil {
				return nil, err
			}
			groups = append(groups, fmt.Sprintf("%s/%s soon: deployment %d has not ended", d.Group.Solution, d.Group.Name, number))
		}
		return groups, nil
	})
}

func (s *Service) serves(ctx context.Context, d Deployment, of definition.Reference) (bool, error) {
	if d.Hash == "" || of.Kind == definition.KindChannel {
		return d.Hash != "", nil
	}
	pack, err := s.load(ctx, d.Tenant, d.Hash)
	if err != nil {
		return false, err
	}
	_, served := pack.Find(of)
	return served, nil
}
