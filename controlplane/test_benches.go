package controlplane

import (
	"context"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/profiles/profilespg"
	"github.com/switchyard/switchyard/interactionserver/rehearsal/rehearsalpg"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/runtime/customer/customerpg"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/testruns"
)

// testBenches lends what the groups' databases have for test runs. It implements
// testruns.Groups.
type testBenches struct{ groups *groupDatabases }

// Use implements testruns.Groups.
func (t testBenches) Use(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, do func(testruns.Bench) error) error {
	pool, err := t.groups.borrow(ctx, tenant, group)
	if err != nil {
		return err
	}
	defer t.groups.giveBack(pool)
	return do(testBench{Store: rehearsalpg.New(pool.db), table: profilespg.New(pool.db), versions: versionspg.New(pool.db), lists: customerpg.New(pool.db)})
}

// testBench implements testruns.Bench.
type testBench struct {
	*rehearsalpg.Store
	table    *profilespg.Table
	versions *versionspg.Store
	lists    *customerpg.Store
}

func (b testBench) Lists() testruns.CustomerLists { return b.lists }

func (b testBench) Profiles() profiles.Table { return b.table }

func (b testBench) LiveServers(ctx context.Context) ([]versions.Server, error) {
	return b.versions.LiveServers(ctx)
}
