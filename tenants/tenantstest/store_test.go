package tenantstest_test

import (
	"testing"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantstest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	tenantstest.Conformance(t, func(*testing.T) tenantstest.Subject {
		store := tenantstest.NewStore()
		return tenantstest.Subject{
			Store:  store,
			Events: func(_ *testing.T, tenant tenants.TenantID) []audit.Event { return store.Events(tenant) },
		}
	})
}
