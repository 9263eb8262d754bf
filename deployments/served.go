package deployments

import (
	"context"

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
	return groups, nil
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
