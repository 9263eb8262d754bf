package telemetry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/telemetry"
)

func newCalls() *telemetry.Calls {
	return telemetry.NewCalls("method", prometheus.CounterOpts{Name: "calls_total", Help: "Calls."},
		prometheus.HistogramOpts{Name: "call_seconds", Help: "Times.", Buckets: []float64{1}})
}

func TestCalls(t *testing.T) {
	t.Parallel()
	calls := newCalls()
	calls.Count("get", 0)
	for range 2 {
		calls.Observe("get", 0, 500*time.Millisecond)
	}
	calls.Observe("get", 2, 2*time.Second)
	calls.Count("put", 1)
	require.Equal(t, map[string]float64{"get 0": 3, "get 2": 1, "put 1": 1, "get seconds of 3": 3}, gathered(t, calls))
}

// gathered are the values of metrics by their labels.
func gathered(t *testing.T, from prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	require.NoError(t, registry.Register(from))
	families, err := registry.Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, label := range m.GetLabel() {
				labels = append(labels, label.GetValue())
			}
			name, value := strings.Join(labels, " "), m.GetCounter().GetValue()
			if times := m.GetHistogram(); times != nil {
				name, value = fmt.Sprintf("%s seconds of %d", name, times.GetSampleCount()), times.GetSampleSum()
			}
			values[name] = value
		}
	}
	return values
}

func TestCallsAreCountedWithoutMemory(t *testing.T) {
	calls := newCalls()
	require.Zero(t, testing.AllocsPerRun(100, func() { calls.Observe("get", 200, time.Millisecond) }))
}
