package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/switchyard/switchyard/internal/fault"
)

// Check tells whether something that the process needs is there; its error is the
// reason shown by /readyz: the message of a fault, or else only that it failed.
type Check func(ctx context.Context) error

// Bounds of the operations server.
const (
	checkTimeout = 2 * time.Second
	readTimeout  = 10 * time.Second
	opsGrace     = 2 * time.Second
)

// Ops is the operations server of a process: /livez, /readyz, /metrics, /version
// and /debug/pprof, on a listener that is not for callers of the API.
type Ops struct {
	registry *prometheus.Registry
	log      *slog.Logger

	mu     sync.Mutex
	checks map[string]Check
}

// NewOps returns an Ops. The registry is served at /metrics.
func NewOps(registry *prometheus.Registry, log *slog.Logger) *Ops {
	return &Ops{registry: registry, log: log, checks: map[string]Check{}}
}

// AddCheck adds a readiness check under a name such as "database". It may be
// called while serving; a check of the same name is replaced.
func (o *Ops) AddCheck(name string, check Check) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.checks[name] = check
}

// Handler returns the routes.
func (o *Ops) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { o.write(w, http.StatusOK, map[string]bool{"live": true}) })
	mux.HandleFunc("GET /readyz", o.ready)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { o.write(w, http.StatusOK, ReadBuild()) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// Readiness is the body of /readyz.
type Readiness struct {
	Ready bool `json:"ready"`
	// Checks has "ok" or the reason of each check.
	Checks map[string]string `json:"checks"`
}

func (o *Ops) ready(w http.ResponseWriter, r *http.Request) {
	readiness := o.Readiness(r.Context())
	status := http.StatusOK
	if !readiness.Ready {
		status = http.StatusServiceUnavailable
	}
	o.write(w, status, readiness)
}

// Readiness runs all checks at once, each for at most two seconds.
func (o *Ops) Readiness(ctx context.Context) Readiness {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	type result struct{ name, reason string }
	o.mu.Lock()
	results := make(chan result, len(o.checks))
	count := len(o.checks)
	for name, check := range o.checks {
		go func() { results <- result{name, o.reason(ctx, name, check)} }()
	}
	o.mu.Unlock()

	readiness := Readiness{Ready: true, Checks: make(map[string]string, count)}
	for range count {
		r := <-results
		readiness.Checks[r.name] = r.reason
		readiness.Ready = readiness.Ready && r.reason == "ok"
	}
	return readiness
}

// reason runs one check. A check that does not heed its context is given up.
func (o *Ops) reason(ctx context.Context, name string, check Check) string {
	done := make(chan error, 1)
	go func() { done <- check(ctx) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = fault.New(fault.Unavailable, "timed-out", "no answer in %s", checkTimeout)
	}
	if err == nil {
		return "ok"
	}
	o.log.Warn("not ready", "check", name, "error", err)
	if f, ok := fault.As(err); ok {
		return f.Message
	}
	return "failed; the log says why"
}

func (o *Ops) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller has gone
}

// Serve answers on the listener until ctx ends, and returns nil then.
func (o *Ops) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           o.Handler(),
		ReadTimeout:       readTimeout,
		ReadHeaderTimeout: readTimeout,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          slog.NewLogLogger(o.log.Handler(), slog.LevelWarn),
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		last, cancel := context.WithTimeout(context.Background(), opsGrace)
		defer cancel()
		if server.Shutdown(last) != nil {
			_ = server.Close() // a profile may still be running
		}
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve operations on %s: %w", listener.Addr(), err)
	}
	<-closed
	return nil
}
