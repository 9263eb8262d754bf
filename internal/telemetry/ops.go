package telemetry

import (
	"context"
	"log/slog"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
)

// Check tells whether something that the process needs is there; its error is the
// reason shown by /readyz.
type Check func(ctx context.Context) error

// Ops is the operations server of a process: /livez, /readyz, /metrics and
// /debug/pprof, on a listener that is not for callers of the API.
type Ops struct{}

// NewOps returns an Ops. The registry is served at /metrics.
func NewOps(registry *prometheus.Registry, log *slog.Logger) *Ops { return &Ops{} }

// NewRegistry returns a registry with the metrics of the Go runtime, the process
// and the build.
func NewRegistry() *prometheus.Registry { panic("skeleton") }

// AddCheck adds a readiness check under a name such as "database". It may be
// called while serving; a check of the same name is replaced.
func (o *Ops) AddCheck(name string, check Check) {}

// Handler returns the routes.
func (o *Ops) Handler() http.Handler { panic("skeleton") }

// Serve answers on the listener until ctx ends, and returns nil then.
func (o *Ops) Serve(ctx context.Context, listener net.Listener) error { panic("skeleton") }
