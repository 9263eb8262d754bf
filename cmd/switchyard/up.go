package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"

	"github.com/switchyard/switchyard/internal/local"
)

// upCommand runs the platform on one machine.
type upCommand struct {
	Dir             string         `help:"Folder of all state." default:".switchyard" type:"path"`
	DatabaseURL     string         `help:"PostgreSQL server to use in place of an own one, as a superuser or as the owner of the control database." placeholder:"URL"`
	TemporalAddress string         `help:"Temporal server to use in place of an own one." placeholder:"HOST:PORT"`
	Port            int            `help:"Port of the control plane; another is taken when it is in use. Default: that of the last time, else 7400." placeholder:"PORT"`
	AllowOutgoing   []netip.Prefix `help:"Networks that HTTP calls of business processes may reach though they are not public, such as 10.1.0.0/16." placeholder:"CIDR"`
	serverSettings
}

// Run starts everything, says where it is, and stops it when ctx ends.
func (c *upCommand) Run(ctx context.Context, out io.Writer, log *slog.Logger) error {
	fmt.Fprintln(out, "starting; the first time takes a few seconds more")
	platform, err := local.Start(ctx, local.Options{
		Dir: c.Dir, DatabaseURL: c.DatabaseURL, TemporalAddress: c.TemporalAddress,
		Ports: local.Ports{ControlPlane: c.Port}, AllowOutgoing: c.AllowOutgoing,
		SessionStore: c.SessionStore, SessionStorePasswordFile: c.SessionStorePasswordFile, ServerArguments: c.retentionArguments(), Progress: out, Log: log,
	})
	if err != nil {
		return err
	}
	describe(out, platform)
	<-ctx.Done()
	fmt.Fprintln(out, "\nstopping: servers, node, control plane, Temporal, PostgreSQL (Ctrl-C again leaves them running)")
	platform.Stop(context.WithoutCancel(ctx))
	fmt.Fprintf(out, "stopped; the state is kept in %s\n", platform.Dir)
	return nil
}

// describe says where everything is and what to do next.
func describe(out io.Writer, p *local.Platform) {
	fmt.Fprintf(out, "\nrunning, until Ctrl-C:\n")
	rows := [][2]string{
		{"control plane", p.URL},
		{"its reference", p.URL + "/docs"},
		{"Temporal", p.TemporalAddress},
		{"Temporal UI", p.TemporalUI},
		{"admin's key", p.AdminKeyFile},
		{"logs", p.Dir + "/logs"},
	}
	for _, row := range rows {
		if row[1] != "" {
			fmt.Fprintf(out, "  %-14s %s\n", row[0], row[1])
		}
	}
	fmt.Fprintf(out, "\nnext: %s apply -f examples/harborbank --control-plane %s --key-file %s --wait\n", os.Args[0], p.URL, p.AdminKeyFile)
}
