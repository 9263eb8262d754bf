package api

import (
	"context"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

type serverConfigurationInput struct {
	InTenant
	rest.IfNoneMatch
	Server string `path:"server" maxLength:"36" doc:"Id of the server"`
}

type serverConfigurationOutput struct {
	rest.ETag
	Body rest.InPlace[configuration.Configuration] // it has accounts and processes of its own
}

// getServerConfiguration decides by itself who may read it: Build knows the
// server's account.
func (h *handlers) getServerConfiguration(ctx context.Context, in *serverConfigurationInput) (*serverConfigurationOutput, error) {
	caller := rest.CallerOf(ctx)
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	server, err := tenants.ParseID[tenants.ServerID](in.Server)
	if err != nil || string(tenant) != caller.Tenant {
		return nil, errNotFound()
	}
	built, err := h.Configurations.Build(ctx, tenant, tenants.AccountID(caller.Account), server)
	if err != nil {
		return nil, err
	}
	etag := rest.QuoteETag(built.Revision)
	if in.Has(etag) {
		return nil, rest.NotModified(etag)
	}
	return &serverConfigurationOutput{ETag: rest.ETag{ETag: etag}, Body: rest.InPlace[configuration.Configuration]{Value: built}}, nil
}
