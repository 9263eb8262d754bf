package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/internal/sleep"
	"github.com/switchyard/switchyard/testruns"
)

// testRunPause is the time between looks at a test run.
const testRunPause = 200 * time.Millisecond

// testRunCommand tries a flowchart or a strategy out.
type testRunCommand struct {
	Channel   channelPath `arg:"" help:"The channel: TENANT/CHANNEL."`
	Group     string      `help:"Staging group whose servers run it." required:""`
	Flowchart string      `help:"Flowchart to try out; this or --strategy." xor:"tried" required:""`
	Strategy  string      `help:"Strategy to try out, with all flowcharts of the channel; this or --flowchart." xor:"tried" required:""`
	Profiles  string      `help:"CSV file with profiles, at most 2 MiB: a header with names of attributes, then a row for each; this or --table." type:"path" xor:"profiles" required:""`
	Table     string      `help:"Audience level whose profiles were loaded into the group; this or --profiles." xor:"profiles" required:""`
	Limit     int         `help:"At most so many profiles of the table; 0: 100,000."`
	Name      string      `help:"Name of the run, for people."`
	Samples   int         `help:"Sample rows to show of each segment, at most 10." default:"3"`
	controlPlaneFlags
	Timeout time.Duration `help:"Stop watching after this time; the test run goes on." default:"10m"`
}

// Run shows the progress and then the result.
func (c *testRunCommand) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	input := client.NewTestRun{
		Group: c.Group, Flowchart: c.Flowchart, Strategy: c.Strategy, Name: c.Name,
		Profiles: client.TestRunProfiles{Table: c.Table, Limit: c.Limit},
	}
	if c.Profiles != "" {
		text, err := readCSV(c.Profiles)
		if err != nil {
			return err
		}
		input.Profiles.CSV = text
	}
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	run, err := controlPlane.CreateTestRun(ctx, c.Channel.tenant, c.Channel.channel, input)
	if err != nil {
		return explain(ctx, err, c.Channel.steps(controlPlane)...)
	}
	fmt.Fprintf(out, "test run %s on %s/%s\n", run.ID, run.Solution, run.Group)
	if run, err = c.follow(ctx, controlPlane, run.ID, out); err != nil {
		return err
	}
	if run.Result == nil {
		return errReported
	}
	if run.Result.Rows == 0 {
		if c.Table == "" {
			fmt.Fprintf(out, "%s has a header and no profiles\n", c.Profiles)
		} else {
			fmt.Fprintf(out, "no profiles of level %s are loaded into %s/%s: load some with 'switchyard profiles load'\n", c.Table, run.Solution, run.Group)
		}
		return errReported
	}
	return showTestRun(run, c.Samples, out)
}

// follow writes a line whenever the run has come further, until it has ended.
func (c *testRunCommand) follow(ctx context.Context, controlPlane *client.Client, id string, out io.Writer) (client.TestRun, error) {
	shown := ""
	for {
		run, err := controlPlane.TestRun(ctx, c.Channel.tenant, c.Channel.channel, id)
		if err != nil {
			return client.TestRun{}, err
		}
		line := run.State
		if run.Total > 0 {
			line += fmt.Sprintf(" %d of %d rows", run.Done, run.Total)
		}
		if run.Reason != "" {
			line += ": " + run.Reason
		}
		if line != shown {
			shown = line
			fmt.Fprintln(out, "  "+line)
		}
		if testruns.State(run.State).Ended() {
			return run, nil
		}
		if !sleep.For(ctx, testRunPause) {
			return client.TestRun{}, fmt.Errorf("the test run goes on, %s: %w", run.State, ctx.Err())
		}
	}
}

// readCSV reads a file that goes in one piece.
func readCSV(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, profiles.MaxCSV+1))
	switch {
	case err != nil:
		return "", err
	case len(text) > profiles.MaxCSV:
		return "", fmt.Errorf("%s has more than %d bytes: load it with 'switchyard profiles load' and use --table", path, profiles.MaxCSV)
	case len(text) == 0:
		return "", errors.New(path + " is empty")
	}
	return string(text), nil
}
