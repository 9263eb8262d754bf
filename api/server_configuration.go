package api

import (
	"context"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

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
	Body serverConfiguration
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
	return &serverConfigurationOutput{ETag: rest.ETag{ETag: etag}, Body: serverConfiguration(built)}, nil
}

// serverConfiguration is a configuration whose parts are described in place: some
// have the names of resources, which they are not.
type serverConfiguration configuration.Configuration

// Schema describes the configuration.
func (serverConfiguration) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(inPlace{r}, reflect.TypeFor[configuration.Configuration]())
}

// inPlace describes the types within a type where they occur, without a name.
type inPlace struct{ huma.Registry }

// Schema describes a type.
func (i inPlace) Schema(t reflect.Type, _ bool, _ string) *huma.Schema {
	return huma.SchemaFromType(i, t)
}
