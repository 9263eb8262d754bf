package node

import (
	"context"
	"log/slog"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/tenants"
)

// Options say how servers are run.
type Options struct {
	// Dir holds a folder per server: its launch file, process file and log.
	Dir string
	// Executable and Arguments are the command of a server; the path of its launch
	// file follows as the last argument.
	Executable string
	Arguments  []string
	Logger     *slog.Logger
}

// Supervisor keeps servers running.
type Supervisor struct{}

// Open takes the folder and every server in it: what runs is adopted, what does
// not is started. It fails when another supervisor has the folder.
func Open(o Options) (*Supervisor, error) { panic("to come") }

// Start makes the server run as launch says. A server that already runs so is
// left alone; one that runs otherwise is restarted. It does not wait for it.
func (s *Supervisor) Start(launch configuration.Launch) error { panic("to come") }

// AwaitRunning waits until the server is ready and returns its status.
func (s *Supervisor) AwaitRunning(ctx context.Context, id tenants.ServerID) (Status, error) {
	panic("to come")
}

// Stop ends the server and keeps it stopped until the next Start.
func (s *Supervisor) Stop(ctx context.Context, id tenants.ServerID) error { panic("to come") }

// Statuses returns all servers, sorted by id.
func (s *Supervisor) Statuses() []Status { panic("to come") }

// Changed receives a value after any status has changed.
func (s *Supervisor) Changed() <-chan struct{} { panic("to come") }

// Close gives the folder up and leaves the servers running.
func (s *Supervisor) Close() error { panic("to come") }

// StopAll ends every server; the next Open starts them again.
func (s *Supervisor) StopAll(ctx context.Context) error { panic("to come") }
