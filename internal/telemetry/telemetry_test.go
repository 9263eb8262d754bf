package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLogger(t *testing.T) {
	t.Run("WritesOneJSONObjectPerLine", func(t *testing.T) {
		var out bytes.Buffer
		log, err := telemetry.NewLogger(&out, "info")
		require.NoError(t, err)
		log.Debug("not this")
		log.Info("this", "tenant", "acme\n")
		var line map[string]any
		require.NoError(t, json.Unmarshal(out.Bytes(), &line))
		require.Equal(t, "this", line["msg"])
		require.Equal(t, "acme\n", line["tenant"])
	})
	t.Run("RefusesAnUnknownLevel", func(t *testing.T) {
		_, err := telemetry.NewLogger(io.Discard, "loud")
		require.ErrorContains(t, err, "debug, info, warn or error")
	})
}

func TestOps(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	ops := telemetry.NewOps(telemetry.NewRegistry(), log)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- ops.Serve(ctx, listener) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	get := func(t *testing.T, path string) (int, string) {
		t.Helper()
		response, err := client.Get("http://" + listener.Addr().String() + path)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(body)
	}

	t.Run("IsLiveWhateverTheChecksSay", func(t *testing.T) {
		status, body := get(t, "/livez")
		require.Equal(t, 200, status)
		require.JSONEq(t, `{"live":true}`, body)
	})
	t.Run("IsReadyWithoutChecks", func(t *testing.T) {
		status, _ := get(t, "/readyz")
		require.Equal(t, 200, status)
	})
	t.Run("ShowsTheReasonOfAFaultAndHidesOtherErrors", func(t *testing.T) {
		ops.AddCheck("configuration", func(context.Context) error { return nil })
		ops.AddCheck("database", func(context.Context) error {
			return fault.New(fault.Unavailable, "away", "the database is away").Because(errors.New("password=hunter2"))
		})
		ops.AddCheck("disk", func(context.Context) error { return errors.New("password=hunter2") })
		status, body := get(t, "/readyz")
		require.Equal(t, 503, status)
		require.JSONEq(t, `{"ready":false,"checks":{"configuration":"ok","database":"the database is away","disk":"failed; the log says why"}}`, body)
	})
	t.Run("IsReadyAgainWhenChecksPass", func(t *testing.T) {
		ops.AddCheck("database", func(context.Context) error { return nil })
		ops.AddCheck("disk", func(context.Context) error { return nil })
		status, _ := get(t, "/readyz")
		require.Equal(t, 200, status)
	})
	t.Run("GivesUpACheckThatHangs", func(t *testing.T) {
		release := make(chan struct{})
		ops.AddCheck("hang", func(context.Context) error { <-release; return nil })
		defer close(release)
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		require.False(t, ops.Readiness(canceled).Ready)
		ops.AddCheck("hang", func(context.Context) error { return nil })
	})
	t.Run("ServesMetricsVersionAndProfiles", func(t *testing.T) {
		_, body := get(t, "/metrics")
		require.Contains(t, body, "switchyard_build_info")
		require.Contains(t, body, "process_resident_memory_bytes")
		_, body = get(t, "/version")
		require.Contains(t, body, `"go":"go1.`)
		status, _ := get(t, "/debug/pprof/goroutine")
		require.Equal(t, 200, status)
		status, _ = get(t, "/nothing")
		require.Equal(t, 404, status)
	})
	t.Run("EndsWithItsContext", func(t *testing.T) {
		cancel()
		require.NoError(t, <-served)
	})
}
