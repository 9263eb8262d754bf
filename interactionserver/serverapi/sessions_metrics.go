package serverapi

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchyard/switchyard/internal/telemetry"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// runtimeMetrics are those of touchpoints' calls. No label has a value that a
// caller chooses.
type runtimeMetrics struct {
	calls *telemetry.Calls
	now   func() time.Time
}

const (
	methodBatch touchpoint.Method = "executeBatch"
	// methodUnknown stands for all that there are not.
	methodUnknown touchpoint.Method = "unknown"
)

func newRuntimeMetrics(registry prometheus.Registerer, usage func() session.Usage) *runtimeMetrics {
	m := &runtimeMetrics{
		calls: telemetry.NewCalls("method", prometheus.CounterOpts{
			Name: "switchyard_runtime_calls_total",
			Help: "Calls of touchpoints, by method and status (0 success, 1 warning, 2 error). Commands of batches count too, beside their batch.",
		}, prometheus.HistogramOpts{
			Name:    "switchyard_runtime_call_seconds",
			Help:    "Time of a call of a touchpoint, its wait for the session's turn and for the history among it.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}),
		now: time.Now,
	}
	if registry == nil {
		return m
	}
	registry.MustRegister(m.calls)
	if usage != nil {
		registry.MustRegister(
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "switchyard_runtime_sessions", Help: "Sessions that are held.",
			}, func() float64 { return float64(usage().Sessions) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "switchyard_runtime_session_bytes", Help: "Memory of the sessions that are held, as it is estimated.",
			}, func() float64 { return float64(usage().Bytes) }),
			prometheus.NewCounterFunc(prometheus.CounterOpts{
				Name: "switchyard_runtime_sessions_evicted_total", Help: "Sessions that had to make room for others.",
			}, func() float64 { return float64(usage().Evicted) }),
			prometheus.NewCounterFunc(prometheus.CounterOpts{
				Name: "switchyard_runtime_sessions_expired_total", Help: "Sessions that ended by their time.",
			}, func() float64 { return float64(usage().Expired) }),
		)
	}
	return m
}

func (m *runtimeMetrics) observe(method touchpoint.Method, status touchpoint.Status, begun time.Time) {
	m.calls.Observe(string(method), int(status), m.now().Sub(begun))
}

func (m *runtimeMetrics) observeCommand(method touchpoint.Method, status touchpoint.Status) {
	switch method {
	case touchpoint.MethodStartSession, touchpoint.MethodGetOffers, touchpoint.MethodGetOffersMultiple, touchpoint.MethodPostEvent,
		touchpoint.MethodSetAudience, touchpoint.MethodGetProfile, touchpoint.MethodSetDebug, touchpoint.MethodEndSession,
		touchpoint.MethodGetVersion:
	default:
		method = methodUnknown
	}
	m.calls.Count(string(method), int(status))
}
