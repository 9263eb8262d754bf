// Command withservices runs a command, such as `go test ./...`, beside a
// PostgreSQL and a Temporal of its own, on free ports and in a temporary folder:
//
//	withservices -- go test -race ./...
//
// The command finds them by the environment variables of packages postgrestest and
// temporaltest. Without a command it prints the variables and waits for Ctrl-C.
// Whatever the command leaves running is ended with the services. The exit status
// is the command's.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/internal/local"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	status, err := run(ctx, command(os.Args[1:]))
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "withservices: %v\n", err)
	}
	os.Exit(status)
}

// command drops the "--" before the command.
func command(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

// run returns the exit status, not 0 when there is an error.
func run(ctx context.Context, command []string) (status int, err error) {
	if err := adoptOrphans(); err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "switchyard-services-")
	if err != nil {
		return 1, err
	}
	s := services{dir: dir}
	defer func() {
		if closeErr := s.close(context.WithoutCancel(ctx)); closeErr != nil {
			status, err = 1, errors.Join(err, closeErr)
		}
	}()
	// PostgreSQL's user must reach the folder.
	if err := os.Chmod(dir, 0o755); err != nil {
		return 1, err
	}
	if err := s.start(ctx); err != nil {
		return 1, err
	}
	if len(command) == 0 {
		s.print()
		<-ctx.Done()
		return 0, nil
	}
	return s.execute(ctx, command)
}

// services are what the command needs.
type services struct {
	dir        string
	postgreSQL *local.PostgreSQL
	temporal   *local.Temporal
}

func (s *services) start(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	postgreSQLPort, err := local.FreePort(0)
	if err != nil {
		return err
	}
	temporalPort, err := local.FreePort(0)
	if err != nil {
		return err
	}
	uiPort, err := local.FreePort(0)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		s.postgreSQL, err = local.StartPostgreSQL(ctx, local.PostgreSQLOptions{
			Dir: filepath.Join(s.dir, "postgresql"), Port: postgreSQLPort, MaxConnections: 500, Log: log,
		})
		return err
	})
	group.Go(func() (err error) {
		s.temporal, err = local.StartTemporal(ctx, local.TemporalOptions{
			Dir: filepath.Join(s.dir, "temporal"), Port: temporalPort, UIPort: uiPort, Log: log,
		})
		return err
	})
	return group.Wait()
}

// close stops the services, ends what the command has left, and removes the folder.
func (s *services) close(ctx context.Context) error {
	if s.temporal != nil {
		s.temporal.Kill() // its data is of no use to anybody
	}
	if s.postgreSQL != nil {
		s.postgreSQL.Stop(ctx)
	}
	endOrphans()
	return errors.Join(local.RemovePostgreSQL(filepath.Join(s.dir, "postgresql")), os.RemoveAll(s.dir))
}

// variables are what the command finds the services by.
func (s *services) variables() []string {
	return []string{
		"SWITCHYARD_TEST_DATABASE_URL=" + s.postgreSQL.URL,
		"SWITCHYARD_TEST_TEMPORAL_ADDRESS=" + s.temporal.Address,
		"SWITCHYARD_TEMPORAL_BINARY=" + s.temporal.Binary,
	}
}

func (s *services) print() {
	for _, variable := range s.variables() {
		fmt.Printf("export %s\n", variable)
	}
	fmt.Printf("# Temporal UI: %s\n# running until Ctrl-C\n", s.temporal.UI)
}

// execute runs the command in a process group of its own, which is ended as a
// whole when ctx ends.
func (s *services) execute(ctx context.Context, command []string) (int, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), s.variables()...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case ctx.Err() != nil:
		return 1, errors.New("interrupted")
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode(), nil
	default:
		return 1, fmt.Errorf("run %s: %w", command[0], err)
	}
}
