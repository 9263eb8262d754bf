package controlplane

import (
	"context"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/tenants"
)

// histories lends the histories in the groups' databases. It implements
// contacthistory.Groups.
type histories struct{ groups *groupDatabases }

// Use implements contacthistory.Groups.
func (h histories) Use(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, do func(contacthistory.Source) error) error {
	pool, err := h.groups.borrow(ctx, tenant, group)
	if err != nil {
		return err
	}
	defer h.groups.giveBack(pool)
	return historypg.New(pool.db).Session(ctx, func(s *historypg.Session) error { return do(s) })
}
