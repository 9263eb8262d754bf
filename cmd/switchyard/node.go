package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/node"
	"github.com/switchyard/switchyard/node/agent"
	"github.com/switchyard/switchyard/tenants"
)

// nodeCommand runs the agent of one host.
type nodeCommand struct {
	Name            string         `help:"Name of the node, which is that of its account." required:""`
	Dir             string         `help:"Folder of the servers' files." default:".switchyard/node" type:"path"`
	ControlPlane    string         `help:"Base URL of the control plane." default:"http://127.0.0.1:7400" placeholder:"URL"`
	KeyFile         string         `help:"File with the API key of the node's account." placeholder:"FILE" type:"path" required:""`
	TemporalAddress string         `help:"Temporal, host:port." default:"127.0.0.1:7233"`
	OpsListen       string         `help:"Address of /livez, /readyz, /metrics and profiles." default:"127.0.0.1:7402"`
	OnExit          string         `help:"What becomes of the servers when the node is asked to end: leave or stop." enum:"leave,stop" default:"leave"`
	ServersListen   string         `help:"IP address that servers listen on." default:"127.0.0.1"`
	ServersHost     string         `help:"Host by which others reach the servers; default: the address that they listen on."`
	Ports           portRange      `help:"Ports that servers are given." default:"20000-29999"`
	AllowOutgoing   []netip.Prefix `help:"Networks that HTTP calls of business processes may reach though they are not public, such as 10.1.0.0/16; for all servers of the node." placeholder:"CIDR"`
	serverSettings
}

// Run runs until ctx ends.
func (c *nodeCommand) Run(ctx context.Context, logger *slog.Logger) error {
	name, err := tenants.ParseName(c.Name)
	if err != nil {
		return fmt.Errorf("--name: %w", err)
	}
	key, err := secret.ReadFile(c.KeyFile)
	if err != nil {
		return err
	}
	ops, err := new(net.ListenConfig).Listen(ctx, "tcp", c.OpsListen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use by another process; choose another address with --ops-listen", c.OpsListen)
	}
	if err != nil {
		return fmt.Errorf("--ops-listen: %w", err)
	}
	a, err := agent.New(agent.Options{
		Name: name, Dir: c.Dir, ControlPlane: strings.TrimRight(c.ControlPlane, "/"), Key: key, TemporalAddress: c.TemporalAddress,
		Ops: ops, StopServers: c.OnExit == "stop", ListenHost: c.ServersListen, Host: c.ServersHost,
		Ports: node.PortRange(c.Ports), AllowOutgoing: c.AllowOutgoing,
		SessionStore: c.SessionStore, SessionStorePasswordFile: c.SessionStorePasswordFile, ServerArguments: c.retentionArguments(), Logger: logger,
	})
	if err != nil {
		return errors.Join(err, ops.Close())
	}
	return a.Run(ctx)
}

// portRange is written as 20000-29999.
type portRange node.PortRange

// UnmarshalText reads a range of ports.
func (r *portRange) UnmarshalText(text []byte) error {
	first, last, _ := strings.Cut(string(text), "-")
	var errs [2]error
	r.First, errs[0] = strconv.Atoi(first)
	r.Last, errs[1] = strconv.Atoi(last)
	if errors.Join(errs[:]...) != nil || r.First < 1 || r.Last > 65535 || r.Last <= r.First {
		return fmt.Errorf("a range of ports looks like 20000-29999, not %q", text)
	}
	return nil
}
