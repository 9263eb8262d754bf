package designpg_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

const tenant = tenants.PlatformTenantID

func object(kind definition.Kind, name, spec string) design.Object {
	at := time.Now().UTC().Truncate(time.Microsecond)
	return design.Object{
		Tenant: tenant, ID: tenants.NewID[string](), Reference: definition.Reference{Kind: kind, Name: name}, Spec: json.RawMessage(spec),
		Version: 1, CreatedAt: at, CreatedBy: "ada", UpdatedAt: at, UpdatedBy: "ada",
	}
}

// TestStore holds what the service relies on and its own tests do not reach.
func TestStore(t *testing.T) {
	t.Parallel()
	store := designpg.New(controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control))))
	change := func(fn func(ctx context.Context, w design.Writer) error) error {
		return store.Change(t.Context(), tenant, fn)
	}
	offer, campaign := object(definition.KindOffer, "gold", `{"campaign":"spring"}`), object(definition.KindCampaign, "spring", `{}`)
	require.NoError(t, change(func(ctx context.Context, w design.Writer) error {
		require.NoError(t, w.Insert(ctx, campaign))
		require.NoError(t, w.Insert(ctx, offer))
		return w.SetUses(ctx, design.Uses{By: offer.Reference, To: []design.Use{{To: campaign.Reference, Path: "campaign"}, {To: offer.Reference, Path: "suppress.also[0]"}}})
	}))

	require.ErrorContains(t, change(func(ctx context.Context, w design.Writer) error {
		return w.Delete(ctx, campaign.Reference)
	}), "foreign key", "the database refuses as well to delete what is in use")
	require.ErrorContains(t, change(func(ctx context.Context, w design.Writer) error {
		return w.SetUses(ctx, design.Uses{By: offer.Reference, To: []design.Use{{To: definition.Reference{Kind: definition.KindCampaign, Name: "none"}}}})
	}), "foreign key")
	require.ErrorContains(t, change(func(ctx context.Context, w design.Writer) error {
		return w.Insert(ctx, offer)
	}), "duplicate key")

	require.NoError(t, store.View(t.Context(), tenant, func(ctx context.Context, r design.Reader) error {
		users, total, err := r.Users(ctx, offer.Reference, 20)
		require.NoError(t, err)
		require.Empty(t, users, "its own use does not count")
		require.Zero(t, total)
		users, total, err = r.Users(ctx, campaign.Reference, 20)
		require.NoError(t, err)
		require.Equal(t, []design.User{{By: offer.Reference, Path: "campaign"}}, users)
		require.Equal(t, 1, total)
		got, err := r.Object(ctx, offer.Reference)
		require.NoError(t, err)
		require.Equal(t, offer, got, "the bytes of a spec are kept")
		return nil
	}))

	marked := offer
	marked.Spec, marked.Version, marked.Mark = nil, 2, &design.Mark{For: design.ForDeployment, By: "ada", At: offer.UpdatedAt, Version: 2}
	require.NoError(t, change(func(ctx context.Context, w design.Writer) error {
		require.NoError(t, w.Update(ctx, marked))
		got, err := w.Object(ctx, offer.Reference)
		require.NoError(t, err)
		require.Equal(t, marked.Mark, got.Mark)
		require.Equal(t, offer.Spec, got.Spec, "an update without a spec leaves it")
		require.NoError(t, w.Delete(ctx, offer.Reference))
		return w.Delete(ctx, campaign.Reference)
	}))
}
