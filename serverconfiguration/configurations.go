package serverconfiguration

import (
	"context"
	"fmt"
	"sync"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/tenants"
)

// maxKept bounds the configurations that are kept.
const maxKept = 1000

// Source reads what configurations are made of.
type Source interface {
	// Revision grows with each change in the tenant. It is asked for with each
	// call and must be cheap.
	Revision(ctx context.Context, tenant tenants.TenantID) (int64, error)
	// Material answers with tenants.NotFound where the tenant has no such server.
	Material(ctx context.Context, tenant tenants.TenantID, server tenants.ServerID) (Material, error)
}

// Configurations builds configurations. Build may be called by several goroutines
// at once.
type Configurations struct {
	source Source
	keys   []configuration.VerificationKey

	mu   sync.Mutex
	kept map[identity]built
}

type identity struct {
	tenant tenants.TenantID
	server tenants.ServerID
}

// built is a configuration with the tenant's revision that it was made at.
type built struct {
	revision      int64
	configuration configuration.Configuration
}

// New returns a builder over a source and the keys that verify tokens.
func New(source Source, keys []configuration.VerificationKey) *Configurations {
	return &Configurations{source: source, keys: keys, kept: map[identity]built{}}
}

// Build returns the configuration of a server for the account that it runs as.
// Any other caller gets the fault NotFound, as for a server that does not exist.
// What is returned is shared: it must not be changed.
func (c *Configurations) Build(ctx context.Context, tenant tenants.TenantID, caller tenants.AccountID, server tenants.ServerID) (configuration.Configuration, error) {
	revision, err := c.source.Revision(ctx, tenant)
	if err != nil {
		return configuration.Configuration{}, err
	}
	id := identity{tenant, server}
	present, ok := c.find(id)
	if !ok || present.revision < revision {
		if present, err = c.build(ctx, id); err != nil {
			return configuration.Configuration{}, err
		}
	}
	if present.configuration.Account.ID != string(caller) {
		return configuration.Configuration{}, tenants.NotFound("server")
	}
	return present.configuration, nil
}

func (c *Configurations) build(ctx context.Context, id identity) (built, error) {
	material, err := c.source.Material(ctx, id.tenant, id.server)
	if err != nil {
		return built{}, err
	}
	composed, err := Compose(material, c.keys)
	if err != nil {
		return built{}, fmt.Errorf("configuration of server %s: %w", id.server, err)
	}
	fresh := built{revision: material.Policy.Revision, configuration: composed}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= maxKept {
		clear(c.kept)
	}
	if c.kept[id].revision < fresh.revision {
		c.kept[id] = fresh
	}
	return fresh, nil
}

func (c *Configurations) find(id identity) (built, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.kept[id]
	return b, ok
}
