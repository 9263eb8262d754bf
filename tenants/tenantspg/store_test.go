package tenantspg_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
	"github.com/switchyard/switchyard/tenants/tenantstest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	tenantstest.Conformance(t, func(t *testing.T) tenantstest.Subject {
		t.Helper()
		db := controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control)))
		log := auditpg.New(db)
		return tenantstest.Subject{
			Store: tenantspg.New(db),
			Events: func(t *testing.T, tenant tenants.TenantID) []audit.Event {
				t.Helper()
				events, err := paging.Collect(func(page paging.Request) (paging.Page[audit.Event], error) {
					return log.List(t.Context(), string(tenant), audit.Filter{}, page)
				})
				require.NoError(t, err)
				slices.Reverse(events)
				return events
			},
		}
	})
}
