package telemetry

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Calls counts calls by their name and status, and how long they take by their name.
// It keeps what it found by the labels: there are few of them, and thousands of calls
// in a second.
type Calls struct {
	counts  *prometheus.CounterVec
	seconds *prometheus.HistogramVec

	mu    sync.RWMutex
	found map[outcome]metricsOf
}

type outcome struct {
	name   string
	status int
}

type metricsOf struct {
	count   prometheus.Counter
	seconds prometheus.Observer // nil until a time was observed
}

var _ prometheus.Collector = (*Calls)(nil)

// NewCalls returns metrics whose labels are that of the name, and status.
func NewCalls(name string, counts prometheus.CounterOpts, seconds prometheus.HistogramOpts) *Calls {
	return &Calls{
		counts:  prometheus.NewCounterVec(counts, []string{name, "status"}),
		seconds: prometheus.NewHistogramVec(seconds, []string{name}),
		found:   map[outcome]metricsOf{},
	}
}

// Describe implements prometheus.Collector.
func (c *Calls) Describe(to chan<- *prometheus.Desc) {
	c.counts.Describe(to)
	c.seconds.Describe(to)
}

// Collect implements prometheus.Collector.
func (c *Calls) Collect(to chan<- prometheus.Metric) {
	c.counts.Collect(to)
	c.seconds.Collect(to)
}

// Observe counts a call that took so long. Neither name nor status is one that a
// caller can make up.
func (c *Calls) Observe(name string, status int, took time.Duration) {
	m := c.of(outcome{name, status}, true)
	m.count.Inc()
	m.seconds.Observe(took.Seconds())
}

// Count counts a call whose time is that of another.
func (c *Calls) Count(name string, status int) { c.of(outcome{name, status}, false).count.Inc() }

func (c *Calls) of(o outcome, timed bool) metricsOf {
	c.mu.RLock()
	m, ok := c.found[o]
	c.mu.RUnlock()
	if ok && (m.seconds != nil || !timed) {
		return m
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m.count = c.counts.WithLabelValues(o.name, strconv.Itoa(o.status))
	if timed {
		m.seconds = c.seconds.WithLabelValues(o.name)
	}
	c.found[o] = m
	return m
}
