package controlplane

import (
	"context"
	"log/slog"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// They end by themselves, seconds after their server.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
	)
}

// nowhere is an address at which nothing answers: Temporal is away.
const nowhere = "127.0.0.1:1"

func testOptions(t *testing.T) (Options, authentication.APIKey) {
	t.Helper()
	admin := authentication.NewAPIKey()
	return Options{
		Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0",
		DatabaseURL:     postgrestest.New(t, migration.Control),
		TemporalAddress: nowhere,
		EncryptionKey:   secret.NewKey(),
		PlatformKey:     admin.Text,
		Logger:          slog.New(slog.DiscardHandler),
	}, admin
}

// start runs a control plane until the test ends and returns a client of its
// platform administrator.
func start(t *testing.T, o Options) (*Main, *client.Client) {
	t.Helper()
	main, err := New(o)
	require.NoError(t, err)
	failed := make(chan error, 1)
	go func() { failed <- main.Run(context.Background()) }()
	t.Cleanup(func() {
		main.Close()
		require.NoError(t, <-failed)
	})
	select {
	case <-main.Ready():
	case err := <-failed:
		failed <- err
		t.Fatalf("control plane did not start: %v", err)
	}
	return main, client.New(main.URL(), client.Options{Credential: o.PlatformKey})
}

func TestMainServesWhileTemporalIsAway(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	_, admin := start(t, o)

	tenant, err := admin.CreateTenant(t.Context(), client.NewTenant{Name: "bank", DisplayName: "Bank"})
	require.NoError(t, err)
	require.EqualValues(t, 1, tenant.Version)
	_, err = admin.CreateSolution(t.Context(), "bank", client.NewSolution{Name: "cards"})
	require.NoError(t, err)
	solution, err := admin.Solution(t.Context(), "bank", "cards")
	require.NoError(t, err)
	require.Equal(t, "requested", solution.Provisioning.State)

	token, err := admin.CreateToken(t.Context(), client.NewToken{APIKey: o.PlatformKey})
	require.NoError(t, err)
	require.Equal(t, "control-plane", token.Audience)
	_, err = admin.With(token.Token).Tenant(t.Context(), "bank")
	require.NoError(t, err)
}

func TestMainKeepsItsKeysAcrossRestarts(t *testing.T) {
	t.Parallel()
	o, _ := testOptions(t)
	first, admin := start(t, o)
	token, err := admin.CreateToken(t.Context(), client.NewToken{APIKey: o.PlatformKey})
	require.NoError(t, err)
	first.Close()

	_, again := start(t, o)
	_, err = again.With(token.Token).Tenants(t.Context())
	require.NoError(t, err)
}

func TestMainSaysWhyItDoesNotStart(t *testing.T) {
	t.Parallel()

	t.Run("AddressInUse", func(t *testing.T) {
		t.Parallel()
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer func() { _ = taken.Close() }()
		o := Options{
			Listen: taken.Addr().String(), OpsListen: "127.0.0.1:0", DatabaseURL: "postgres://nobody@" + nowhere + "/x",
			TemporalAddress: nowhere, EncryptionKey: secret.NewKey(), PlatformKey: "x", Logger: slog.New(slog.DiscardHandler),
		}
		main, err := New(o)
		require.NoError(t, err)
		require.ErrorContains(t, main.Run(t.Context()), "is in use by another process; choose another address with --listen")
	})

	t.Run("DatabaseAway", func(t *testing.T) {
		t.Parallel()
		o := Options{
			Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", DatabaseURL: "postgres://nobody:hush@" + nowhere + "/x",
			TemporalAddress: nowhere, EncryptionKey: secret.NewKey(), PlatformKey: "x", Logger: slog.New(slog.DiscardHandler),
		}
		main, err := New(o)
		require.NoError(t, err)
		err = main.Run(t.Context())
		require.ErrorContains(t, err, "connect to database "+nowhere)
		require.NotContains(t, err.Error(), "hush")
	})

	t.Run("EncryptionKeyOfAnotherLength", func(t *testing.T) {
		t.Parallel()
		o := Options{
			Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", DatabaseURL: "postgres://nobody@" + nowhere + "/x",
			TemporalAddress: nowhere, EncryptionKey: []byte("short"), PlatformKey: "x", Logger: slog.New(slog.DiscardHandler),
		}
		main, err := New(o)
		require.NoError(t, err)
		require.ErrorContains(t, main.Run(t.Context()), "want 32 bytes")
	})

	t.Run("NothingSaid", func(t *testing.T) {
		t.Parallel()
		_, err := New(Options{})
		require.ErrorContains(t, err, "database-url is required")
	})
}

func TestCloseBeforeRun(t *testing.T) {
	t.Parallel()
	main, err := New(Options{
		Listen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", DatabaseURL: "x", TemporalAddress: "x", PlatformKey: "x",
		Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	main.Close()
	main.Close()
	require.Error(t, main.Run(t.Context()))
}
