package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/client"
)

// readersPerSite read interactions' events at the same time.
const readersPerSite = 4

// readBack asks the servers what happened and judges it: every interaction that
// was handed in is there once, has stopped once, and nothing else is there.
func (r *run) readBack(ctx context.Context) error {
	r.say("Reading back what the servers know")
	r.report.Submitted, r.report.Stopped = 0, 0
	for _, s := range r.sites {
		if err := r.readSite(ctx, s); err != nil {
			return fmt.Errorf("read back %s: %w", s.solution, err)
		}
	}
	r.judge()
	return nil
}

func (r *run) readSite(ctx context.Context, s *site) error {
	figures, err := readFigures(ctx, s)
	if err != nil {
		return err
	}
	found, err := readInteractions(ctx, s)
	if err != nil {
		return err
	}
	server, err := r.admin.Server(ctx, r.tenant, s.solution, s.group.Name, s.server.Name)
	if err != nil {
		return err
	}
	lost, duplicated := found.compare(s.work)
	r.report.Figures = append(r.report.Figures, figures)
	r.report.Solutions = append(r.report.Solutions, SolutionSummary{
		Name: s.solution, Database: s.group.Database, PID: server.Status.PID,
		Submitted: figures.Submitted, Stopped: figures.Stopped,
	})
	r.report.Submitted += figures.Submitted
	r.report.Stopped += figures.Stopped
	r.report.Refused += figures.Refused
	r.report.Lost += lost
	r.report.Duplicated += duplicated
	r.report.Failed += len(found.failed)
	r.failed = append(r.failed, found.failed...)
	if r.report.Example == "" && found.example != "" {
		r.report.Example = "interaction/" + s.group.ID + "/" + found.example
	}
	return nil
}

func readFigures(ctx context.Context, s *site) (Figures, error) {
	figures := Figures{Solution: s.solution}
	for statistics, err := range s.supervisor.Statistics(ctx) {
		if err != nil {
			return Figures{}, err
		}
		figures.Submitted += int(statistics.Submitted)
		figures.Routed += int(statistics.Routed)
		figures.Handled += int(statistics.Handled)
		figures.Stopped += int(statistics.Stopped)
		figures.Refused += int(statistics.Refused)
		if statistics.Handled > 0 {
			figures.Waits = append(figures.Waits, ProcessWait{
				Process: statistics.Process,
				Median:  milliseconds(statistics.Wait.P50), P95: milliseconds(statistics.Wait.P95), Max: milliseconds(statistics.Wait.Max),
			})
		}
	}
	return figures, nil
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// findings are a server's interactions, by what the demo can check.
type findings struct {
	rows    map[string]int // external id → rows
	stopped map[string]int // external id → rows in state stopped
	// doubled counts events that may happen once only and happened again.
	doubled int
	failed  []string // what the processes that failed say
	example string
}

// processFailed is how the reason begins of an interaction whose process failed.
const processFailed = "process-failed: "

func readInteractions(ctx context.Context, s *site) (*findings, error) {
	f := &findings{rows: make(map[string]int), stopped: make(map[string]int)}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(readersPerSite)
	var doubled atomic.Int64
	var listErr error
	for interaction, err := range s.supervisor.Interactions(groupCtx, client.InteractionFilter{}) {
		if err != nil {
			listErr = err
			break
		}
		f.rows[interaction.ExternalID]++
		if interaction.State == "stopped" {
			f.stopped[interaction.ExternalID]++
		}
		if reason, ok := strings.CutPrefix(interaction.StopReason, processFailed); ok {
			f.failed = append(f.failed, fmt.Sprintf("%s of %s: %s", interaction.ExternalID, s.solution, reason))
		}
		f.example = interaction.ID
		group.Go(func() error {
			n, err := repeatedEvents(groupCtx, s, interaction.ID)
			doubled.Add(int64(n))
			return err
		})
	}
	err := errors.Join(group.Wait(), listErr)
	f.doubled = int(doubled.Load())
	return f, err
}

// repeatedEvents counts how often an interaction was submitted or stopped beyond
// the first time.
func repeatedEvents(ctx context.Context, s *site, id string) (int, error) {
	kinds := make(map[string]int)
	for event, err := range s.supervisor.InteractionEvents(ctx, id) {
		if err != nil {
			return 0, err
		}
		kinds[event.Kind]++
	}
	return max(0, kinds["submitted"]-1) + max(0, kinds["stopped"]-1), nil
}

// compare returns how much of the work is not there or has not stopped, and how
// much is there more than once or happened twice.
func (f *findings) compare(work []Work) (lost, duplicated int) {
	for _, item := range work {
		if f.stopped[item.ExternalID] == 0 {
			lost++
		}
	}
	for _, n := range f.rows {
		duplicated += n - 1
	}
	return lost, duplicated + f.doubled
}

// judge decides whether all came out right.
func (r *run) judge() {
	s := &r.report.Summary
	switch {
	case s.Lost > 0:
		s.Problem = fmt.Sprintf("%d interactions are lost", s.Lost)
	case s.Duplicated > 0:
		s.Problem = fmt.Sprintf("%d interactions or events are doubled", s.Duplicated)
	case s.Failed > 0:
		s.Problem = fmt.Sprintf("the processes of %d interactions failed, such as %s", s.Failed, r.failed[0])
	case s.Submitted != len(r.Work) || s.Stopped != len(r.Work):
		s.Problem = fmt.Sprintf("%d interactions were handed in; the servers report %d submitted and %d stopped", len(r.Work), s.Submitted, s.Stopped)
	case s.Refused < len(r.sites):
		s.Problem = fmt.Sprintf("%d submits were refused; expected %d", s.Refused, len(r.sites))
	default:
		s.OK = true
	}
}
