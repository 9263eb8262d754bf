package businessprocessespg_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/businessprocesses"
	"github.com/switchyard/switchyard/businessprocesses/businessprocessespg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/tenants"
)

const tenant = tenants.PlatformTenantID

var by = audit.Actor{Name: "ada"}

// checker refuses documents that contain "wrong".
type checker struct{}

func (checker) Check(_ tenants.Name, document []byte) error {
	if strings.Contains(string(document), "wrong") {
		return fault.New(fault.Invalid, "invalid-process", "the document is not valid").At("do[0]", 3, "a known step was expected")
	}
	return nil
}

func setup(t *testing.T) *businessprocesses.Service {
	t.Helper()
	db := controldb.New(postgrestest.Open(t, postgrestest.New(t, migration.Control)))
	return businessprocesses.NewService(businessprocessespg.New(db), checker{})
}

func put(t *testing.T, s *businessprocesses.Service, version int64, document string) businessprocesses.Process {
	t.Helper()
	p, _, err := s.PutDraft(t.Context(), by, tenant, "dispute", version, businessprocesses.Draft{DisplayName: "Dispute", Document: document})
	require.NoError(t, err)
	return p
}

func requireKind(t *testing.T, want fault.Kind, err error) {
	t.Helper()
	require.Equal(t, want, fault.KindOf(err), "%v", err)
}

func TestPutDraft(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := setup(t)
	draft := businessprocesses.Draft{DisplayName: "Dispute", Document: "first"}

	_, _, err := s.PutDraft(ctx, by, tenant, "dispute", 3, draft)
	requireKind(t, fault.PreconditionFailed, err)
	made, created, err := s.PutDraft(ctx, by, tenant, "dispute", businessprocesses.NoVersion, draft)
	require.NoError(t, err)
	require.True(t, created)
	stored, err := s.Get(ctx, tenant, "dispute")
	require.NoError(t, err)
	require.Equal(t, made, stored)

	_, _, err = s.PutDraft(ctx, by, tenant, "dispute", businessprocesses.NoVersion, draft)
	requireKind(t, fault.PreconditionRequired, err)
	same, created, err := s.PutDraft(ctx, by, tenant, "dispute", made.Version, draft)
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, made, same, "the same draft changes nothing")
	changed := put(t, s, made.Version, "second")
	require.Equal(t, made.Version+1, changed.Version)
	_, _, err = s.PutDraft(ctx, by, tenant, "dispute", made.Version, draft)
	requireKind(t, fault.PreconditionFailed, err)

	for name, wrong := range map[string]businessprocesses.Draft{
		"empty": {Document: " \n"}, "NUL": {Document: "a\x00"}, "no UTF-8": {Document: "\xff"}, "display name": {Document: "x", DisplayName: "\a"},
	} {
		_, _, err = s.PutDraft(ctx, by, tenant, "dispute", tenants.AnyVersion, wrong)
		require.True(t, fault.Is(err, fault.Invalid), name)
	}
	_, _, err = s.PutDraft(ctx, by, tenant, "dispute", tenants.AnyVersion, businessprocesses.Draft{Document: strings.Repeat("a", businessprocesses.MaxDocument+1)})
	requireKind(t, fault.TooLarge, err)
	_, _, err = s.PutDraft(ctx, by, tenant, "Dispute", tenants.AnyVersion, draft)
	requireKind(t, fault.Invalid, err)

	list, err := s.List(ctx, tenant, paging.Request{})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	require.Empty(t, list.Items[0].Document)
}

func TestPublish(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := setup(t)
	publish := func(version int64) (businessprocesses.Version, bool) {
		t.Helper()
		v, created, err := s.Publish(ctx, by, tenant, "dispute", version)
		require.NoError(t, err)
		return v, created
	}
	put(t, s, tenants.AnyVersion, "wrong")
	_, _, err := s.Publish(ctx, by, tenant, "dispute", tenants.AnyVersion)
	requireKind(t, fault.Invalid, err)
	p, err := s.Get(ctx, tenant, "dispute")
	require.NoError(t, err)
	require.Zero(t, p.Published, "what is wrong is not published")

	put(t, s, tenants.AnyVersion, "first")
	first, created := publish(tenants.AnyVersion)
	require.True(t, created)
	require.Equal(t, 1, first.Number)
	require.Equal(t, "ada", first.PublishedBy)
	again, created := publish(tenants.AnyVersion)
	require.False(t, created)
	require.Equal(t, first, again, "publishing identical content returns the same version")

	put(t, s, tenants.AnyVersion, "second")
	second, created := publish(tenants.AnyVersion)
	require.True(t, created)
	require.Equal(t, 2, second.Number)
	stored, err := s.Version(ctx, tenant, "dispute", 1)
	require.NoError(t, err)
	require.Equal(t, first, stored, "a version never changes")
	for _, number := range []int{0, -1, 3, 1 << 40} {
		_, err = s.Version(ctx, tenant, "dispute", number)
		requireKind(t, fault.NotFound, err)
	}
	_, _, err = s.Publish(ctx, by, tenant, "dispute", 1)
	requireKind(t, fault.PreconditionFailed, err)
	_, _, err = s.Publish(ctx, by, tenant, "missing", tenants.AnyVersion)
	requireKind(t, fault.NotFound, err)

	page, err := s.Versions(ctx, tenant, "dispute", paging.Request{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, 2, page.Items[0].Number)
	page, err = s.Versions(ctx, tenant, "dispute", paging.Request{After: page.Next, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, 1, page.Items[0].Number)
	require.Empty(t, page.Next)
	_, err = s.Versions(ctx, tenant, "dispute", paging.Request{After: "x"})
	requireKind(t, fault.Invalid, err)

	retired, err := s.Retire(ctx, by, tenant, "dispute", tenants.AnyVersion)
	require.NoError(t, err)
	require.True(t, retired.Retired)
	same, err := s.Retire(ctx, by, tenant, "dispute", tenants.AnyVersion)
	require.NoError(t, err)
	require.Equal(t, retired, same)
	back, created := publish(tenants.AnyVersion)
	require.False(t, created)
	require.Equal(t, 2, back.Number)
	p, err = s.Get(ctx, tenant, "dispute")
	require.NoError(t, err)
	require.False(t, p.Retired, "publishing brings a process back")
}
