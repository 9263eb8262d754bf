package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/sleep"
)

const (
	recoveryLimit = 30 * time.Second
	// controlPlaneAway is how long service has to go on without it.
	controlPlaneAway = 3 * time.Second
)

// tryForeignProcesses submits to each server a process that only another one was
// granted; each has to refuse it.
func (r *run) tryForeignProcesses(ctx context.Context) error {
	for i, s := range r.sites {
		foreign := r.sites[(i+1)%len(r.sites)]
		if foreign == s || len(foreign.work) == 0 {
			continue
		}
		item := foreign.work[0]
		item.ExternalID = "foreign-" + item.ExternalID
		_, _, err := s.gateway.Submit(ctx, newInteraction(item, item.Process))
		if !client.IsType(err, "process-not-granted") {
			return fmt.Errorf("%s did not refuse process %s, which it was not granted: %w", s.solution, item.Process, err)
		}
		r.fault(Fault{
			What:    fmt.Sprintf("%s was handed an interaction of %s, a process of %s", s.solution, item.Process, foreign.solution),
			Outcome: "refused: " + err.Error(),
		})
	}
	return nil
}

// killServer ends the first site's server in mid-run. The others have to go on
// meanwhile, and the node has to bring it back.
func (r *run) killServer(ctx context.Context, watch *progress) error {
	victim := r.sites[0]
	process, err := os.FindProcess(victim.server.Status.PID)
	if err != nil {
		return fmt.Errorf("find the server of %s: %w", victim.solution, err)
	}
	before := r.acknowledgedElsewhere(watch, victim)
	r.say("Killing the server of %s, process %d", victim.solution, process.Pid)
	killed := time.Now()
	if err := process.Kill(); err != nil {
		return fmt.Errorf("kill the server of %s: %w", victim.solution, err)
	}
	if err := r.awaitRestart(ctx, victim, killed); err != nil {
		return err
	}
	took := time.Since(killed)
	r.report.RecoverySeconds = seconds(took)
	r.say("The server of %s is back after %s", victim.solution, round(took))
	if err := r.othersAnswer(ctx, victim); err != nil {
		return err
	}
	r.fault(Fault{
		What:    fmt.Sprintf("the server of %s was killed in mid-run (SIGKILL)", victim.solution),
		Outcome: fmt.Sprintf("the node restarted it; meanwhile the others took in %d interactions, without an error", r.acknowledgedElsewhere(watch, victim)-before),
		Took:    took,
	})
	return nil
}

// awaitRestart waits until a process that started after the kill answers.
func (r *run) awaitRestart(ctx context.Context, s *site, killed time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, recoveryLimit)
	defer cancel()
	for {
		status, err := s.supervisor.Status(ctx)
		if err == nil && status.StartedAt.After(killed) {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the server of %s did not come back within %s: %w", s.solution, recoveryLimit, err)
		}
		sleep.For(ctx, 20*time.Millisecond)
	}
}

// othersAnswer checks that the other servers are the processes they were.
func (r *run) othersAnswer(ctx context.Context, victim *site) error {
	for _, s := range r.sites {
		if s == victim {
			continue
		}
		server, err := r.admin.Server(ctx, r.tenant, s.solution, s.group.Name, s.server.Name)
		if err != nil {
			return fmt.Errorf("look at the server of %s: %w", s.solution, err)
		}
		if server.Status.PID != s.server.Status.PID || server.Status.Restarts != s.server.Status.Restarts {
			return fmt.Errorf("the server of %s was disturbed: process %d became %d", s.solution, s.server.Status.PID, server.Status.PID)
		}
	}
	return nil
}

func (r *run) acknowledgedElsewhere(watch *progress, but *site) int {
	sum := 0
	for _, s := range r.sites {
		if s != but {
			sum += watch.acknowledged(s)
		}
	}
	return sum
}

// killControlPlane ends the control plane for a while; every site has to go on
// taking in and finishing interactions without it.
func (r *run) killControlPlane(ctx context.Context, watch *progress) error {
	takenIn, stopped := r.acknowledgedElsewhere(watch, nil), watch.sum()
	r.say("Killing the control plane")
	killed := time.Now()
	if err := r.platform.KillControlPlane(); err != nil {
		return fmt.Errorf("kill the control plane: %w", err)
	}
	for time.Since(killed) < controlPlaneAway && sleep.For(ctx, lookEvery) {
		watch.look(ctx)
	}
	_, away := r.admin.Tenant(ctx, r.tenant)
	takenIn, stopped = r.acknowledgedElsewhere(watch, nil)-takenIn, watch.sum()-stopped
	if err := r.platform.StartControlPlane(ctx); err != nil {
		return fmt.Errorf("start the control plane again: %w", err)
	}
	switch {
	case away == nil:
		return errors.New("the control plane answered after it was killed")
	case stopped == 0 && watch.sum() < watch.total:
		return fmt.Errorf("no interaction was finished while the control plane was away for %s", controlPlaneAway)
	}
	took := time.Since(killed)
	r.say("The control plane is back after %s", round(took))
	r.fault(Fault{
		What:    "the control plane was killed (SIGKILL) and kept away",
		Outcome: fmt.Sprintf("meanwhile the servers took in %d and finished %d interactions", takenIn, stopped),
		Took:    took,
	})
	return nil
}

func (r *run) fault(f Fault) {
	f.Outcome = strings.TrimSpace(f.Outcome)
	r.report.Faults = append(r.report.Faults, f)
}
