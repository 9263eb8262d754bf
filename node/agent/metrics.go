package agent

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/switchyard/switchyard/node"
	"github.com/switchyard/switchyard/tenants"
)

var (
	serversMetric = prometheus.NewDesc("switchyard_node_servers",
		"Interaction servers of this node, by the state of their process.", []string{"state"}, nil)
	restartsMetric = prometheus.NewDesc("switchyard_node_server_restarts_total",
		"Restarts of all interaction servers of this node since it first started them.", nil, nil)
	states = []tenants.ServerState{
		tenants.ServerPending, tenants.ServerStarting, tenants.ServerRunning, tenants.ServerRestarting, tenants.ServerStopped,
	}
)

// metrics counts servers when it is asked.
type metrics struct{ supervisor *node.Supervisor }

// Describe names the metrics.
func (m metrics) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- serversMetric
	descriptions <- restartsMetric
}

// Collect counts.
func (m metrics) Collect(values chan<- prometheus.Metric) {
	count, restarts := make(map[tenants.ServerState]int, len(states)), 0
	for _, status := range m.supervisor.Statuses() {
		count[status.State]++
		restarts += status.Restarts
	}
	for _, state := range states {
		values <- prometheus.MustNewConstMetric(serversMetric, prometheus.GaugeValue, float64(count[state]), string(state))
	}
	values <- prometheus.MustNewConstMetric(restartsMetric, prometheus.CounterValue, float64(restarts))
}
