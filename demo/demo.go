package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/switchyard/switchyard/apply"
	"github.com/switchyard/switchyard/client"
)

// Platform is a running platform, and the hand that breaks its control plane.
type Platform interface {
	// ControlPlane is the base URL of the control plane.
	ControlPlane() string
	// AdminKey is the API key of the platform's admin.
	AdminKey() string
	// TemporalUI is the base URL of the Temporal UI.
	TemporalUI() string
	// KillControlPlane ends the control plane with SIGKILL; it stays away until
	// StartControlPlane.
	KillControlPlane() error
	StartControlPlane(ctx context.Context) error
}

// Options say what to run.
type Options struct {
	// Tenant holds the tenant's files.
	Tenant fs.FS
	// Work is what is handed in; Broken are the rows that could not be used.
	Work   []Work
	Broken []BrokenRow
	Out    io.Writer
}

// stallLimit ends a run in which nothing has moved for so long.
const stallLimit = 60 * time.Second

// Run plays the whole demo on a platform and returns its report. The report's
// summary says whether all came out right; the error is for what kept the demo
// from being played to its end.
func Run(ctx context.Context, platform Platform, o Options) (*Report, error) {
	began := time.Now()
	r := &run{platform: platform, Options: o, report: &Report{Broken: o.Broken, TemporalUI: platform.TemporalUI()}}
	r.report.LeftOut = len(o.Broken)
	err := r.play(ctx)
	r.report.Seconds = seconds(time.Since(began))
	if err != nil {
		r.report.OK, r.report.Problem = false, err.Error()
	}
	return r.report, err
}

type run struct {
	Options
	platform Platform
	admin    *client.Client
	tenant   string
	sites    []*site
	report   *Report
	failed   []string // what processes that failed say
}

func (r *run) play(ctx context.Context) error {
	if err := r.applyTenant(ctx); err != nil {
		return err
	}
	if err := r.openSites(ctx); err != nil {
		return err
	}
	if err := r.assignWork(); err != nil {
		return err
	}
	if err := r.tryForeignProcesses(ctx); err != nil {
		return err
	}
	if err := r.playChannel(ctx); err != nil {
		return err
	}
	if err := r.serve(ctx); err != nil {
		return err
	}
	return r.readBack(ctx)
}

// applyTenant brings the example tenant in and waits until all of it runs.
func (r *run) applyTenant(ctx context.Context) error {
	r.say("Applying the tenant's files")
	set, err := apply.ParseDir(r.Tenant)
	if err != nil {
		return fmt.Errorf("read the tenant's files: %w", err)
	}
	if len(set.Tenants) != 1 {
		return fmt.Errorf("the tenant's files hold %d tenants; expected 1", len(set.Tenants))
	}
	r.tenant = set.Tenants[0].Name
	r.report.Namespace = "tenant-" + r.tenant
	r.admin = client.New(r.platform.ControlPlane(), client.Options{Credential: r.platform.AdminKey()})
	result, err := apply.Run(ctx, r.admin, set, apply.Options{Out: r.Out})
	if err != nil {
		return err
	}
	r.say("Applied: %s. Provisioning", result)
	waiting, cancel := context.WithTimeoutCause(ctx, 2*time.Minute, errors.New("provisioning took longer than 2 minutes"))
	defer cancel()
	return apply.Wait(waiting, r.admin, set, r.Out)
}

// serve hands the work in and lets agents handle it, while things break.
func (r *run) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	desks := r.openDesks(ctx)
	defer desks.close()
	watch := newProgress(r.sites, r.Out)
	load := startLoad(ctx, r.sites, watch)
	defer load.wait()
	watch.problem = load.problem
	// What the servers would report if they were asked to the end.
	defer func() { r.report.Submitted, r.report.Stopped = r.acknowledgedElsewhere(watch, nil), watch.sum() }()

	faults := []struct {
		share float64 // of the work that has been stopped when it happens
		play  func(context.Context, *progress) error
	}{
		{0.25, r.killServer},
		{0.5, r.killControlPlane},
		{1, nil},
	}
	for _, fault := range faults {
		err := watch.until(ctx, fault.share)
		if err == nil && fault.play != nil {
			err = fault.play(ctx, watch)
		}
		if err != nil {
			return errors.Join(err, load.problem(), desks.problem())
		}
	}
	return errors.Join(load.problem(), desks.problem())
}

func (r *run) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.Out, "\n"+format+"\n", args...)
}

func seconds(d time.Duration) float64 {
	return float64(d.Round(time.Millisecond)) / float64(time.Second)
}
