// Command switchyard is the whole platform in one binary; each sub-command is in
// a file of its own.
//
// A flag is also read from the environment, --some-flag from
// SWITCHYARD_SOME_FLAG, and from the YAML file that --config names: the command
// line wins over the environment, which wins over the file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/switchyard/switchyard/internal/fault"
)

// commandLine is the whole grammar: one field per sub-command.
type commandLine struct {
	Config   configFlag `help:"Read flags from a YAML file." placeholder:"FILE"`
	LogLevel slog.Level `help:"Least severe log lines to write: debug, info, warn or error." default:"info"`

	Up                upCommand                `cmd:"" help:"Run everything on this machine: PostgreSQL, Temporal, control plane and a node."`
	ControlPlane      controlPlaneCommand      `cmd:"" help:"Run the control plane: its REST interface and the worker that provisions solutions."`
	Node              nodeCommand              `cmd:"" help:"Run the agent of this host, which starts and restarts interaction servers."`
	InteractionServer interactionServerCommand `cmd:"" help:"Run one interaction server; a node does this."`
	Apply             applyCommand             `cmd:"" help:"Bring tenants that are written down as YAML files into a control plane."`
	Diff              diffCommand              `cmd:"" help:"Show what apply would do."`
	Export            exportCommand            `cmd:"" help:"Write a tenant as the files that apply reads."`
	Delete            deleteCommand            `cmd:"" help:"Delete what a path names, in a control plane."`
	Mark              markCommand              `cmd:"" help:"Mark flowcharts and strategies for the next deployment, which locks them."`
	Unmark            unmarkCommand            `cmd:"" help:"Cancel marks."`
	Pending           pendingCommand           `cmd:"" help:"Show what a deployment of a channel would do now."`
	Deploy            deployCommand            `cmd:"" help:"Deploy what is marked in a channel to a server group."`
	Rollback          rollbackCommand          `cmd:"" help:"Deploy the package of an older deployment."`
	Undeploy          undeployCommand          `cmd:"" help:"Take a channel off a server group."`
	Redeploy          redeployCommand          `cmd:"" help:"Deploy every channel again whose common part was changed since."`
	Versions          versionsCommand          `cmd:"" help:"Show what each server group and server serves of a channel."`
	TestRun           testRunCommand           `cmd:"" help:"Try out a flowchart or a strategy over many profiles on a staging group."`
	Profiles          profilesCommand          `cmd:"" help:"Load profiles for test runs into a server group."`
	Demo              demoCommand              `cmd:"" help:"Run an example tenant end to end and report what its servers say."`
	Keys              keysCommand              `cmd:"" help:"Make the key files of a control plane and of nodes, where they are missing."`
	Migrate           migrateCommand           `cmd:"" help:"Bring a database to the schema that this binary needs."`
	Version           versionCommand           `cmd:"" help:"Print the version."`
}

// Exit statuses.
const (
	exitFailed = 1
	exitUsage  = 2
)

// errReported fails a sub-command that has told the person why.
var errReported = errors.New("failed, as reported")

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run parses args and runs the sub-command that they name. The first SIGINT or
// SIGTERM cancels its context, a second one ends the process at once. A terminal
// or a pipe that goes away does not: there may be much to stop.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	ctx, stopHangUp := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stopHangUp()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a write fails instead

	var line commandLine
	exit := -1
	parser := newParser(&line, stdout, stderr, func(status int) { exit = status })
	command, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		parser.Errorf("%v", err)
		return exitUsage
	}
	logger := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: line.LogLevel}))
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(stdout, (*io.Writer)(nil))
	command.Bind(logger)
	if err := command.Run(); err != nil {
		if !errors.Is(err, errReported) {
			report(stderr, err)
		}
		return exitFailed
	}
	return 0
}

// newParser returns a parser that fills line. It calls exit after --help.
func newParser(line *commandLine, stdout, stderr io.Writer, exit func(status int)) *kong.Kong {
	return kong.Must(line,
		kong.Name("switchyard"),
		kong.Description("Runs the interaction servers of many tenants, each solution apart from the others."),
		kong.Writers(stdout, stderr),
		kong.Exit(exit),
		kong.DefaultEnvars("SWITCHYARD"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
}

// report prints what went wrong for the person at the terminal, with each place
// of a fault on a line of its own.
func report(w io.Writer, err error) {
	f, ok := fault.As(err)
	if !ok || len(f.Places) == 0 {
		fmt.Fprintf(w, "switchyard: %v\n", err)
		return
	}
	fmt.Fprintf(w, "switchyard: %s\n", f.Message)
	for _, place := range f.Places {
		if place.Line > 0 {
			fmt.Fprintf(w, "  line %d: ", place.Line)
		} else {
			fmt.Fprint(w, "  ")
		}
		fmt.Fprintf(w, "%s: %s\n", place.Path, place.Message)
	}
}
