package rest

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchyard/switchyard/internal/telemetry"
)

// metrics of an API. No label has a value that a caller chooses.
type metrics struct {
	requests *telemetry.Calls
	streams  prometheus.Gauge
}

func newMetrics(registry prometheus.Registerer) *metrics {
	m := &metrics{
		requests: telemetry.NewCalls("operation", prometheus.CounterOpts{
			Name: "switchyard_http_requests_total",
			Help: "Requests answered, by operation (none: no such route) and status.",
		}, prometheus.HistogramOpts{
			Name:    "switchyard_http_request_seconds",
			Help:    "Time from a request read to its answer ready; for streams, until they begin.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30},
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "switchyard_http_streams",
			Help: "Event streams that are open.",
		}),
	}
	if registry != nil {
		registry.MustRegister(m.requests, m.streams)
	}
	return m
}

func (m *metrics) observe(operation string, status int, took time.Duration) {
	if operation == "" {
		operation = "none"
	}
	m.requests.Observe(operation, status, took)
}
