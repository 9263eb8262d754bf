package tenants

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/paging"
)

// TenantSettings are what can change of a tenant.
type TenantSettings struct{ DisplayName string }

// NewTenant is the input of CreateTenant.
type NewTenant struct {
	Name Name
	TenantSettings
}

func (t TenantSettings) check(p *problems) {
	p.addIf("displayName", textProblem(t.DisplayName))
}

// CreateTenant adds a tenant.
func (s *Service) CreateTenant(ctx context.Context, by audit.Actor, input NewTenant) (Tenant, error) {
	var p problems
	p.addIf("name", nameProblem(input.Name, maxName))
	input.check(&p)
	if err := p.err(); err != nil {
		return Tenant{}, err
	}
	at := now()
	tenant := Tenant{
		ID: NewID[TenantID](), Name: input.Name, DisplayName: input.DisplayName,
		Provisioning: Provisioning{State: ProvisioningReady, UpdatedAt: at},
		Version:      1, CreatedAt: at, UpdatedAt: at,
	}
	event := audit.NewEvent(by, string(tenant.ID), "tenant.create", "", map[string]any{"name": tenant.Name})
	if err := s.store.InsertTenant(ctx, tenant, event); err != nil {
		return Tenant{}, err
	}
	return tenant, nil
}

// Tenant returns the tenant of a name.
func (s *Service) Tenant(ctx context.Context, name Name) (Tenant, error) {
	return s.store.TenantByName(ctx, name)
}

// Tenants lists tenants, the platform's own among them.
func (s *Service) Tenants(ctx context.Context, page paging.Request) (paging.Page[Tenant], error) {
	return s.store.Tenants(ctx, page)
}

// UpdateTenant replaces a tenant's settings.
func (s *Service) UpdateTenant(ctx context.Context, by audit.Actor, tenant TenantID, version int64, settings TenantSettings) (Tenant, error) {
	var p problems
	settings.check(&p)
	if err := p.err(); err != nil {
		return Tenant{}, err
	}
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (Tenant, error) {
		t, err := w.Tenant(ctx)
		if err != nil {
			return Tenant{}, err
		}
		if err := checkVersion(version, t.Version); err != nil {
			return Tenant{}, err
		}
		t.DisplayName, t.Version, t.UpdatedAt = settings.DisplayName, t.Version+1, now()
		if err := w.UpdateTenant(ctx, t); err != nil {
			return Tenant{}, err
		}
		return t, w.Record(ctx, audit.NewEvent(by, string(tenant), "tenant.update", "", map[string]any{"displayName": t.DisplayName}))
	})
}
