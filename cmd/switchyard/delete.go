package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// deleteCommand deletes what a path names.
type deleteCommand struct {
	Server deleteServerCommand `cmd:"" help:"Delete a server from its group, which keeps its other servers, its database and its configuration."`
}

// deleteServerCommand deletes one interaction server.
type deleteServerCommand struct {
	Path serverPath `arg:"" help:"The server: tenant/solution/group/server, such as harborbank/cards/production/cards-2."`
	controlPlaneFlags
}

// Run deletes the server in the version that it has now.
func (c *deleteServerCommand) Run(ctx context.Context, out io.Writer) error {
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	p := c.Path
	server, err := controlPlane.Server(ctx, p.tenant, p.solution, p.group, p.server)
	if err != nil {
		return explain(ctx, err, p.steps(controlPlane)...)
	}
	if err := controlPlane.DeleteServer(ctx, p.tenant, p.solution, p.group, p.server, server.Version); err != nil {
		return err
	}
	fmt.Fprintf(out, "deleted    %s/solutions/%s/server-groups/%s/servers/%s; %s stops it\n", p.tenant, p.solution, p.group, p.server, server.Node)
	return nil
}

// serverPath is written as tenant/solution/group/server.
type serverPath struct{ tenant, solution, group, server string }

// UnmarshalText reads a path.
func (p *serverPath) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), "/")
	if len(parts) != 4 || strings.Contains("/"+string(text)+"/", "//") {
		return fmt.Errorf("expected tenant/solution/group/server, got %q", text)
	}
	p.tenant, p.solution, p.group, p.server = parts[0], parts[1], parts[2], parts[3]
	return nil
}
