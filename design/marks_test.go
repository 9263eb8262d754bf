package design_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// deploy does to the marks what a deployment of the channel does: to production it
// releases what went out.
func (b testBundle) deploy(production bool) []design.Release {
	b.t.Helper()
	snapshot, err := b.Snapshot(b.t.Context(), b.tenant, "web")
	require.NoError(b.t, err)
	var out []design.Release
	for _, entry := range snapshot.Strategies {
		if mark := entry.Object.Mark; mark != nil {
			out = append(out, design.Release{Reference: entry.Object.Reference, Version: mark.Version})
		}
	}
	if production {
		require.NoError(b.t, b.ReleaseMarks(b.t.Context(), audit.System, b.tenant, "web", out))
	}
	return out
}

// TestMarkingTable goes through the table of steps from the first mark to
// production.
func TestMarkingTable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	ctx, strategy := t.Context(), of(definition.KindStrategy, "winback")

	requireLocked := func() {
		t.Helper()
		o, err := b.Get(ctx, b.tenant, strategy)
		require.NoError(t, err)
		require.NotNil(t, o.Mark)
		require.Equal(t, design.ForDeployment, o.Mark.For)
		require.Equal(t, "ada", o.Mark.By)
		_, err = b.save("winback", winback("profile.age > 21"))
		f := requireFault(t, "locked", err)
		require.Contains(t, f.Message, "ada")
		require.Contains(t, f.Message, o.Mark.At.Format("2006-01-02T15:04"))
		requireFault(t, "locked", b.Delete(ctx, ada, b.tenant, strategy, tenants.AnyVersion))
	}
	requireEditable := func(condition string) {
		t.Helper()
		o := b.mustSave("winback", winback(condition))
		require.Nil(t, o.Mark)
	}
	mark := func() {
		t.Helper()
		_, err := b.Mark(ctx, ada, b.tenant, strategy, tenants.AnyVersion, design.ForDeployment)
		require.NoError(t, err)
	}

	mark() // step 1
	requireLocked()
	first := b.deploy(false) // step 2
	require.Len(t, first, 1)
	requireLocked()
	_, err := b.Unmark(ctx, ada, b.tenant, strategy, tenants.AnyVersion) // step 3
	require.NoError(t, err)
	requireEditable("profile.age > 30")
	mark() // step 4
	requireLocked()
	second := b.deploy(false) // step 5
	require.NotEqual(t, first, second)
	requireLocked()
	require.NoError(t, b.ReleaseMarks(ctx, audit.System, b.tenant, "web", first))
	requireLocked()         // a mark made anew is not that which went out before
	third := b.deploy(true) // step 6
	require.Equal(t, second, third)
	requireEditable("profile.age > 40")

	mark()
	require.NoError(t, b.ReleaseMarks(ctx, audit.System, b.tenant, "web", third), "releasing twice changes nothing")
	requireLocked()
}

func TestMark(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	ctx, strategy := t.Context(), of(definition.KindStrategy, "winback")
	before, err := b.Get(ctx, b.tenant, strategy)
	require.NoError(t, err)

	_, err = b.Mark(ctx, ada, b.tenant, strategy, before.Version+1, design.ForDeployment)
	require.True(t, fault.Is(err, fault.PreconditionFailed), "%v", err)
	marked, err := b.Mark(ctx, ada, b.tenant, strategy, before.Version, design.ForUndeployment)
	require.NoError(t, err)
	require.Equal(t, before.Version+1, marked.Version)
	require.Equal(t, marked.Version, marked.Mark.Version)
	again, err := b.Mark(ctx, audit.Actor{Name: "bob"}, b.tenant, strategy, tenants.AnyVersion, design.ForUndeployment)
	require.NoError(t, err)
	require.Equal(t, marked, again, "marking for the same again changes nothing")
	_, err = b.Mark(ctx, ada, b.tenant, strategy, tenants.AnyVersion, design.ForDeployment)
	requireFault(t, "locked", err)
	o, err := b.save("winback", winback("offer.annual_fee < 20.0"))
	require.NoError(t, err, "what is there already can be put again")
	require.Equal(t, again, o)

	_, err = b.Mark(ctx, ada, b.tenant, of(definition.KindZone, "top"), tenants.AnyVersion, design.ForDeployment)
	requireFault(t, "not-markable", err)
	_, err = b.Mark(ctx, ada, b.tenant, strategy, tenants.AnyVersion, "holiday")
	requireFault(t, "invalid-input", err, "for")
	err = b.ReleaseMarks(ctx, audit.System, b.tenant, "phone", []design.Release{{Reference: strategy, Version: 2}})
	requireFault(t, "invalid-input", err)

	unmarked, err := b.Unmark(ctx, ada, b.tenant, strategy, tenants.AnyVersion)
	require.NoError(t, err)
	require.Nil(t, unmarked.Mark)
	again, err = b.Unmark(ctx, ada, b.tenant, strategy, tenants.AnyVersion)
	require.NoError(t, err)
	require.Equal(t, unmarked, again)
}

// TestReleaseMarksOfADeletedObject is a deployment that ends after somebody
// cancelled the mark and deleted the strategy.
func TestReleaseMarksOfADeletedObject(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	ctx, strategy := t.Context(), of(definition.KindStrategy, "winback")
	marked, err := b.Mark(ctx, ada, b.tenant, strategy, tenants.AnyVersion, design.ForDeployment)
	require.NoError(t, err)
	unmarked, err := b.Unmark(ctx, ada, b.tenant, strategy, tenants.AnyVersion)
	require.NoError(t, err)
	require.NoError(t, b.Delete(ctx, ada, b.tenant, strategy, unmarked.Version))
	require.NoError(t, b.ReleaseMarks(ctx, audit.System, b.tenant, "web", []design.Release{{Reference: strategy, Version: marked.Version}}))

	reborn := b.mustSave("winback", winback(""))
	require.Equal(t, unmarked.Version+2, reborn.Version, "versions of a name go on, so no ETag counts twice")
}
