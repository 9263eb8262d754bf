package auditpg_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/tenants"
)

const tenant = string(tenants.PlatformTenantID)

func TestList(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control)))
	log := auditpg.New(db)
	require.NoError(t, db.Change(ctx, tenant, func(ctx context.Context, tx *sqlx.Tx) error {
		for i := range 5 {
			by := audit.Actor{Tenant: tenant, Account: "a", Name: []string{"ada", "bo"}[i%2], RequestID: "r"}
			event := audit.NewEvent(by, tenant, "solution.create", fmt.Sprintf("solutions/s-%d", i), map[string]any{"i": float64(i)})
			if err := auditpg.Append(ctx, tx, event); err != nil {
				return err
			}
		}
		return auditpg.Append(ctx, tx, audit.NewEvent(audit.System, tenant, "server.create", "solutions/s-1/server-groups/p/servers/x", nil))
	}))
	list := func(filter audit.Filter, page paging.Request) paging.Page[audit.Event] {
		t.Helper()
		result, err := log.List(ctx, tenant, filter, page)
		require.NoError(t, err)
		return result
	}

	first := list(audit.Filter{}, paging.Request{Limit: 4})
	require.Len(t, first.Items, 4)
	require.Equal(t, "server.create", first.Items[0].Action, "newest first")
	require.Equal(t, map[string]any{"i": float64(4)}, first.Items[1].Detail)
	require.Equal(t, audit.Actor{Tenant: tenant, Account: "a", Name: "ada", RequestID: "r"}, first.Items[1].Actor)
	rest := list(audit.Filter{}, paging.Request{After: first.Next, Limit: 4})
	require.Len(t, rest.Items, 2)
	require.Empty(t, rest.Next)

	require.Len(t, list(audit.Filter{Actor: "bo"}, paging.Request{}).Items, 2)
	require.Len(t, list(audit.Filter{Action: "server.create"}, paging.Request{}).Items, 1)
	require.Len(t, list(audit.Filter{Resource: "solutions/s-1"}, paging.Request{}).Items, 2, "the resource and what is below it")
	other, err := log.List(ctx, string(tenants.NewID[tenants.TenantID]()), audit.Filter{}, paging.Request{})
	require.NoError(t, err)
	require.Empty(t, other.Items)
	for _, malformed := range []paging.Request{{After: "x"}, {After: "\x00"}} {
		_, err := log.List(ctx, tenant, audit.Filter{}, malformed)
		require.True(t, fault.Is(err, fault.Invalid), "%v", err)
	}
}
