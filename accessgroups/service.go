package accessgroups

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// Settings are what can change of an access group.
type Settings struct {
	DisplayName string
	Members     []tenants.Name
	Grants      []Grant
}

// New is the input of Create.
type New struct {
	Name tenants.Name
	Settings
}

// DirectGrant allows one account actions on one process, through that account's
// own access group.
type DirectGrant struct {
	Account tenants.Name
	Process tenants.Name
	Actions []Action
}

// Service keeps access groups.
type Service struct{ store Store }

// NewService returns a service over a store.
func NewService(store Store) *Service { return &Service{store: store} }

func (s *Service) Create(ctx context.Context, by audit.Actor, tenant tenants.TenantID, input New) (AccessGroup, error) {
	panic("skeleton")
}
func (s *Service) Get(ctx context.Context, tenant tenants.TenantID, name tenants.Name) (AccessGroup, error) {
	panic("skeleton")
}
func (s *Service) List(ctx context.Context, tenant tenants.TenantID, page paging.Request) (paging.Page[AccessGroup], error) {
	panic("skeleton")
}
func (s *Service) Update(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64, settings Settings) (AccessGroup, error) {
	panic("skeleton")
}
func (s *Service) Delete(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64) error {
	panic("skeleton")
}

// GrantDirectly adds actions to the account's own access group
// "account-<account>", which it creates when missing.
func (s *Service) GrantDirectly(ctx context.Context, by audit.Actor, tenant tenants.TenantID, grant DirectGrant) (AccessGroup, error) {
	panic("skeleton")
}
