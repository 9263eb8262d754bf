package serverconfiguration

import (
	"context"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/tenants"
)

// Source reads what configurations are made of.
type Source interface{}

// Configurations builds configurations.
type Configurations struct{ source Source }

// New returns a builder over a source and the keys that sign tokens.
func New(source Source, keys []configuration.VerificationKey) *Configurations {
	return &Configurations{source: source}
}

// Build returns the configuration of a server for the account that it runs as.
// Any other caller gets the fault NotFound, as for a server that does not exist.
func (c *Configurations) Build(ctx context.Context, tenant tenants.TenantID, caller tenants.AccountID, server tenants.ServerID) (configuration.Configuration, error) {
	panic("skeleton")
}
