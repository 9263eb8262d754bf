package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	sdk "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/internal/telemetry"
	"github.com/switchyard/switchyard/node"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/provisioning"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// stopWithin bounds the end of all servers, each of which is killed sooner.
const stopWithin = 30 * time.Second

// Options say which node this is and where everything else is.
type Options struct {
	// Name is the node's name and that of its account in the platform tenant.
	Name tenants.Name
	// Dir holds the servers' files; see package node.
	Dir string
	// ControlPlane is its base URL; Key the API key of the node's account.
	ControlPlane, Key string
	TemporalAddress   string // host:port
	// Ops answers for liveness, readiness and metrics.
	Ops net.Listener
	// StopServers ends the servers with the node; else they go on.
	StopServers bool
	// Executable runs as "… interaction-server --launch FILE"; default: this one.
	Executable string
	// ListenHost, Host and Ports are as in node.Options.
	ListenHost, Host string
	Ports            node.PortRange
	// AllowOutgoing are networks that HTTP calls of the servers' processes may
	// reach though they are not public.
	AllowOutgoing []netip.Prefix
	// SessionStore is the URL of what keeps the sessions of touchpoints, without a
	// password, which is in the file; empty where each server keeps its own.
	SessionStore, SessionStorePasswordFile string
	// ServerArguments are further arguments of the servers' command.
	ServerArguments []string
	Logger          *slog.Logger
}

// Agent is a node.
type Agent struct {
	options    Options
	startedAt  time.Time
	supervisor *node.Supervisor
	control    *client.Client // for launches
	reports    *client.Client
	temporal   sdk.Client
	outage     *outage.Log
	reporting  chan struct{} // holds one token: whoever has it reports
	registered atomic.Bool   // a report was taken at some time
	inTouch    atomic.Bool   // the last report was taken
	regained   chan struct{} // the control plane can be reached again
	removals   chan []string // servers that the control plane wants removed
	following  sync.Mutex
}

// New takes the node's folder and its servers up. Run is to follow.
func New(o Options) (*Agent, error) {
	if o.Executable == "" {
		executable, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find this binary: %w", err)
		}
		o.Executable = executable
	}
	o.Logger = o.Logger.With("node", o.Name)
	temporal, err := temporalclient.New(temporalclient.Options{
		Address: o.TemporalAddress, Namespace: workflows.PlatformNamespace, Identity: workflows.NodeQueue(o.Name), Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	supervisor, err := node.Open(node.Options{
		Dir: o.Dir, Executable: o.Executable, Arguments: serverArguments(o),
		ListenHost: o.ListenHost, Host: o.Host, Ports: o.Ports, Logger: o.Logger,
	})
	if err != nil {
		temporal.Close()
		return nil, err
	}
	return &Agent{
		options:    o,
		startedAt:  time.Now(),
		supervisor: supervisor,
		control:    client.New(o.ControlPlane, client.Options{Credential: o.Key, Timeout: launchWithin}),
		// The next report is a better one than the same again.
		reports:   client.New(o.ControlPlane, client.Options{Credential: o.Key, Timeout: reportWithin, Retries: -1}),
		temporal:  temporal,
		outage:    outage.New(o.Logger, "cannot report to the control plane", "reports reach the control plane again"),
		reporting: make(chan struct{}, 1),
		regained:  make(chan struct{}, 1),
		removals:  make(chan []string, 1),
	}, nil
}

// serverArguments are those of the servers, but for the path of the launch file.
func serverArguments(o Options) []string {
	arguments := []string{"interaction-server"}
	for _, network := range o.AllowOutgoing {
		arguments = append(arguments, "--allow-outgoing="+network.String())
	}
	if o.SessionStore != "" {
		arguments = append(arguments, "--session-store="+o.SessionStore)
	}
	if o.SessionStorePasswordFile != "" {
		arguments = append(arguments, "--session-store-password-file="+o.SessionStorePasswordFile)
	}
	return append(append(arguments, o.ServerArguments...), "--launch")
}

// Run works until ctx ends. Then it leaves the servers running or stops them, as
// the options say, and gives the folder up.
func (a *Agent) Run(ctx context.Context) error {
	defer a.temporal.Close()
	registry := telemetry.NewRegistry()
	registry.MustRegister(metrics{a.supervisor})
	ops := telemetry.NewOps(registry, a.options.Logger)
	ops.AddCheck("control-plane", a.checkRegistered)

	parts, running := errgroup.WithContext(ctx)
	parts.Go(func() error { return ops.Serve(running, a.options.Ops) })
	parts.Go(func() error { a.report(running); return nil })
	parts.Go(func() error { a.refresh(running); return nil })
	parts.Go(func() error {
		temporalclient.RunWorker(running, a.options.Logger, func() worker.Worker {
			return provisioning.NewNodeWorker(a.temporal, a.options.Name, a, a.options.Logger)
		})
		return nil
	})
	return errors.Join(parts.Wait(), a.end(context.WithoutCancel(ctx)))
}

func (a *Agent) end(ctx context.Context) error {
	var err error
	if a.options.StopServers {
		ctx, cancel := context.WithTimeout(ctx, stopWithin)
		defer cancel()
		err = a.supervisor.StopAll(ctx)
		_ = a.reportOnce(ctx) // the control plane may be gone before the node
	}
	return errors.Join(err, a.supervisor.Close())
}

// checkRegistered tells a node that was never heard of from one that only lost
// the control plane and serves on.
func (a *Agent) checkRegistered(context.Context) error {
	if a.registered.Load() {
		return nil
	}
	return fault.New(fault.Unavailable, "not-registered", "the control plane has not taken a report of this node yet")
}
