package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

const (
	temporalStartsIn = time.Minute
	// temporalVariable names the environment variable with the path of the binary.
	temporalVariable = "SWITCHYARD_TEMPORAL_BINARY"
)

// TemporalOptions say where the Temporal server keeps its data.
type TemporalOptions struct {
	// Dir is the folder of its database file and its log; it is made when missing.
	Dir string
	// Port and UIPort are taken when they are free, and else others; 0 is 7233
	// and 8233.
	Port, UIPort int
	// Binary is the temporal command; empty looks for it, see StartTemporal.
	Binary string
	Log    *slog.Logger
}

// Temporal is a running server.
type Temporal struct {
	*Process
	// Address is host:port of the server.
	Address string
	// UI is the URL of its web pages.
	UI           string
	Port, UIPort int
	// Binary is the path of the temporal command.
	Binary string
}

// StartTemporal starts Temporal's development server, whose namespaces and
// workflows are kept in a file, and waits until it answers. The binary is named
// by the options or SWITCHYARD_TEMPORAL_BINARY, else it is the "temporal" on
// PATH, beside this executable or in ./bin.
func StartTemporal(ctx context.Context, o TemporalOptions) (*Temporal, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make Temporal folder: %w", err)
	}
	binary, err := findTemporal(o.Binary)
	if err != nil {
		return nil, err
	}
	options := ProcessOptions{
		Name: "Temporal", Path: binary, Dir: dir,
		LogFile: filepath.Join(dir, "temporal.log"), PIDFile: filepath.Join(dir, "process.json"),
		Grace: 30 * time.Second, Log: o.Log,
	}
	// Before the ports are looked for: a predecessor still has them.
	if err := NewProcess(options).EndPredecessor(ctx); err != nil {
		return nil, err
	}
	t, err := newTemporal(o, options, dir)
	if err != nil {
		return nil, err
	}
	if err := t.Start(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, temporalStartsIn)
	defer cancel()
	if err := t.Await(ctx, t.answers); err != nil {
		t.Stop(context.WithoutCancel(ctx))
		return nil, err
	}
	return t, nil
}

// newTemporal chooses the ports and completes the command.
func newTemporal(o TemporalOptions, options ProcessOptions, dir string) (*Temporal, error) {
	port, err := FreePort(orDefault(o.Port, 7233))
	if err != nil {
		return nil, err
	}
	uiPort, err := FreePort(orDefault(o.UIPort, 8233))
	if err != nil {
		return nil, err
	}
	options.Args = []string{
		"server", "start-dev", "--ip", "127.0.0.1",
		"--port", strconv.Itoa(port), "--ui-port", strconv.Itoa(uiPort),
		"--db-filename", filepath.Join(dir, "temporal.db"), "--log-level", "warn",
		// Without these each of its commits waits for the disk several times, and all
		// share one connection. What was committed survives the death of the process.
		"--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL",
		// One machine needs no partitions: with them, few pollers find few tasks late.
		"--dynamic-config-value", "matching.numTaskqueueReadPartitions=1",
		"--dynamic-config-value", "matching.numTaskqueueWritePartitions=1",
	}
	// Its database can be left interrupted for good when calls are cancelled under
	// load: every statement fails then, until the process is started anew.
	options.Check = func(ctx context.Context) error { return temporalAnswers(ctx, loopback(port)) }
	return &Temporal{
		Process: NewProcess(options),
		Address: loopback(port), UI: "http://" + loopback(uiPort), Port: port, UIPort: uiPort, Binary: options.Path,
	}, nil
}

// answers is ready when the server has taken up all of its services.
func (t *Temporal) answers(ctx context.Context) error {
	return temporalAnswers(ctx, t.Address)
}

// temporalAnswers asks the server at address for its namespaces, which needs its
// database.
func temporalAnswers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	c, err := client.DialContext(ctx, client.Options{HostPort: address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.WorkflowService().ListNamespaces(ctx, &workflowservice.ListNamespacesRequest{PageSize: 1})
	return err
}

// findTemporal returns the path of the temporal command.
func findTemporal(named string) (string, error) {
	if named == "" {
		named = os.Getenv(temporalVariable)
	}
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("the temporal command %s cannot be run: %w", named, errors.Unwrap(err))
		}
		return filepath.Abs(path)
	}
	if path, err := exec.LookPath("temporal"); err == nil {
		return filepath.Abs(path)
	}
	for _, folder := range []string{ownFolder(), "bin"} {
		if path, err := exec.LookPath(filepath.Join(folder, "temporal")); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", errors.New("the temporal command is not on this machine: run `./task tools`, which builds it into bin/ in a few minutes, " +
		"put one on PATH, name it with " + temporalVariable + ", or name a server with --temporal-address")
}

// ownFolder is where this executable is.
func ownFolder() string {
	path, err := os.Executable()
	if err != nil {
		return "."
	}
	return filepath.Dir(strings.TrimSuffix(path, " (deleted)"))
}

func orDefault(value, otherwise int) int {
	if value == 0 {
		return otherwise
	}
	return value
}
