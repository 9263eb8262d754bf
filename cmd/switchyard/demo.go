package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/switchyard/switchyard/demo"
	"github.com/switchyard/switchyard/examples"
	"github.com/switchyard/switchyard/internal/local"
)

// exampleTenant is the tenant that the demo runs, a folder of examples.Files.
const exampleTenant = "harborbank"

// demoCommand runs the example tenant end to end.
type demoCommand struct {
	Interactions    string `help:"CSV file of interactions, with a header; default: a small set of its own." placeholder:"FILE" type:"existingfile"`
	Mapping         string `help:"YAML file that says how a row becomes an interaction." placeholder:"FILE" type:"existingfile"`
	Count           int    `help:"How many interactions; default: all of the file."`
	Keep            bool   `help:"Leave all running after the report, until Ctrl-C, as up does."`
	Dir             string `help:"Folder of all state, which must be new; default: a temporary one." type:"path"`
	DatabaseURL     string `help:"PostgreSQL server to use in place of an own one." placeholder:"URL"`
	TemporalAddress string `help:"Temporal server to use in place of an own one." placeholder:"HOST:PORT"`
}

// Validate refuses combinations of flags that make no sense.
func (c *demoCommand) Validate() error {
	if (c.Interactions == "") != (c.Mapping == "") {
		return errors.New("--interactions and --mapping go together")
	}
	if c.Count < 0 {
		return errors.New("--count: expected a number of interactions, 1 or more")
	}
	return nil
}

// Run plays the demo. The last line that it prints is its summary as JSON.
func (c *demoCommand) Run(ctx context.Context, out io.Writer, log *slog.Logger) error {
	tenant, err := fs.Sub(examples.Files, exampleTenant)
	if err != nil {
		return conclude(out, nil, err)
	}
	work, broken, err := c.load()
	if err != nil {
		return conclude(out, nil, err)
	}
	if err := demo.Check(tenant, work); err != nil {
		return conclude(out, nil, err)
	}
	dir, temporary, err := c.folder()
	if err != nil {
		return conclude(out, nil, err)
	}
	platform, err := local.Start(ctx, local.Options{
		Dir: dir, DatabaseURL: c.DatabaseURL, TemporalAddress: c.TemporalAddress, Progress: out, Log: log,
	})
	if err != nil {
		return conclude(out, nil, err)
	}
	report, err := demo.Run(ctx, brokenByHand{platform}, demo.Options{Tenant: tenant, Work: work, Broken: broken, Out: out})
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("it was interrupted: %w", err)
	}
	if c.Keep {
		describe(out, platform)
		verdict := conclude(out, report, err)
		<-ctx.Done()
		platform.Stop(context.WithoutCancel(ctx))
		return verdict
	}
	platform.Stop(context.WithoutCancel(ctx))
	switch {
	case err != nil || !report.OK:
		_, _ = fmt.Fprintf(out, "\nThe logs are kept in %s, with all state and keys of this run; delete it when they are read\n", platform.Dir)
	case temporary:
		if err := platform.Remove(context.WithoutCancel(ctx)); err != nil {
			log.Warn("cannot remove the demo's folder", "dir", platform.Dir, "error", err)
		}
	}
	return conclude(out, report, err)
}

// conclude prints the report, or of a run that did not get that far what went
// wrong, with the summary as the last line.
func conclude(out io.Writer, report *demo.Report, err error) error {
	if report == nil {
		report = &demo.Report{}
	}
	if err != nil {
		report.OK, report.Problem = false, err.Error()
	}
	if !report.OK {
		_, _ = fmt.Fprintf(out, "\nThe demo failed: %s\n", report.Problem)
	}
	if err := report.Print(out); err != nil {
		return err
	}
	if !report.OK {
		return errReported
	}
	return nil
}

func (c *demoCommand) load() ([]demo.Work, []demo.BrokenRow, error) {
	if c.Interactions == "" {
		return demo.LoadExample(examples.Files, exampleTenant, c.Count)
	}
	mapping, err := demo.LoadMapping(c.Mapping)
	if err != nil {
		return nil, nil, err
	}
	return demo.LoadWork(c.Interactions, mapping, c.Count)
}

// folder returns where the platform keeps its state, and whether it is to be
// removed after a good run.
func (c *demoCommand) folder() (dir string, temporary bool, err error) {
	if c.Dir != "" {
		if entries, err := os.ReadDir(c.Dir); err == nil && len(entries) > 0 {
			return "", false, fmt.Errorf("--dir %s is not empty; the demo starts from nothing", c.Dir)
		}
		return c.Dir, false, nil
	}
	if dir, err = os.MkdirTemp("", "switchyard-demo-"); err != nil {
		return "", false, fmt.Errorf("make a folder for the demo: %w", err)
	}
	return dir, true, nil
}

// brokenByHand lets the demo break the platform's control plane.
type brokenByHand struct{ platform *local.Platform }

func (b brokenByHand) ControlPlane() string { return b.platform.URL }
func (b brokenByHand) AdminKey() string     { return b.platform.AdminKey }
func (b brokenByHand) TemporalUI() string   { return b.platform.TemporalUI }

func (b brokenByHand) KillControlPlane() error {
	b.platform.ControlPlane.Kill()
	return nil
}

func (b brokenByHand) StartControlPlane(ctx context.Context) error {
	if err := b.platform.ControlPlane.Start(ctx); err != nil {
		return err
	}
	return b.platform.AwaitControlPlane(ctx)
}
