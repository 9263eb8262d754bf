package agent

import (
	"context"
	"strings"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/telemetry"
	"github.com/switchyard/switchyard/node"
)

const (
	reportEvery  = 2 * time.Second
	reportWithin = 5 * time.Second
	// reportPause keeps a server that dies again and again from flooding the
	// control plane.
	reportPause = 100 * time.Millisecond
	// maxProblem is what the control plane takes of a server's problem.
	maxProblem = 2000
)

// report tells the control plane how the servers are, when that changes and every
// two seconds, until ctx ends.
func (a *Agent) report(ctx context.Context) {
	beat := time.NewTicker(reportEvery)
	defer beat.Stop()
	pause := time.NewTicker(reportPause)
	defer pause.Stop()
	for {
		err := a.reportOnce(ctx)
		a.outage.Note(ctx, err)
		if !a.inTouch.Swap(err == nil) && err == nil {
			a.regain()
		}
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		case <-a.supervisor.Changed():
		}
	}
}

// reportOnce sends one report. Reports go one after another, so that an older one
// never comes after a newer.
func (a *Agent) reportOnce(ctx context.Context) error {
	select {
	case a.reporting <- struct{}{}:
		defer func() { <-a.reporting }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	statuses := a.supervisor.Statuses()
	report := client.NodeReport{
		Version: telemetry.ReadBuild().Version, StartedAt: a.startedAt, Servers: make([]client.NodeServerReport, len(statuses)),
	}
	for i, status := range statuses {
		report.Servers[i] = serverReport(status)
	}
	orders, err := a.reports.ReportNode(ctx, a.options.Name, report)
	if err != nil {
		return err
	}
	a.registered.Store(true)
	if len(orders.Remove) > 0 {
		select {
		case a.removals <- orders.Remove:
		default: // some are at work; the answer to the next report names these again
		}
	}
	return nil
}

func serverReport(status node.Status) client.NodeServerReport {
	report := client.NodeServerReport{
		ID: string(status.Server), State: string(status.State), Address: status.Address, Metrics: status.Metrics,
		PID: status.PID, Restarts: status.Restarts, Problem: strings.ToValidUTF8(status.Problem[:min(len(status.Problem), maxProblem)], ""),
	}
	if !status.StartedAt.IsZero() {
		report.StartedAt = &status.StartedAt
	}
	return report
}
