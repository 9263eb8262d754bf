package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/definition"
)

// maxShown bounds the names that are shown in place of one that does not exist.
const maxShown = 10

// step is a part of a path, in what is before it.
type step struct {
	parent     string // "channel harborbank/web"
	kind, name string
	names      func(ctx context.Context) ([]string, error)
}

// explain says of what was not found which step of the path does not exist, and what
// does in its place. The control plane answers alike to whoever asks for what is
// missing and for what is not theirs; who may list it may know.
func explain(ctx context.Context, err error, steps ...step) error {
	if !client.IsStatus(err, http.StatusNotFound) {
		return err
	}
	for i, s := range steps {
		names, problem := s.names(ctx)
		switch {
		case i == 0 && client.IsStatus(problem, http.StatusNotFound):
			return fmt.Errorf("%w: there is no %s for you", err, s.parent)
		case problem != nil:
			return err
		case !slices.Contains(names, s.name):
			return fmt.Errorf("%w: %s has no %s %s%s", err, s.parent, s.kind, s.name, instead(names))
		}
	}
	return err
}

// instead names what exists.
func instead(names []string) string {
	slices.Sort(names)
	switch more := len(names) - maxShown; {
	case len(names) == 0:
		return ""
	case more > 0:
		return fmt.Sprintf("; it has %s and %d more", strings.Join(names[:maxShown], ", "), more)
	default:
		return "; it has " + strings.Join(names, ", ")
	}
}

// noTenant says that it is the tenant that was not found.
func noTenant(err error, tenant string) error {
	if !client.IsStatus(err, http.StatusNotFound) {
		return err
	}
	return fmt.Errorf("%w: there is no tenant %s for you", err, tenant)
}

// named lists names.
func named[T any](list func(ctx context.Context) ([]T, error), name func(T) string) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		items, err := list(ctx)
		names := make([]string, len(items))
		for i, item := range items {
			names[i] = name(item)
		}
		return names, err
	}
}

// steps lead to a channel.
func (p channelPath) steps(c *client.Client) []step {
	return []step{{"tenant " + p.tenant, "channel", p.channel, named(client.TenantDesigns[definition.Channel](c, p.tenant).List,
		func(o client.DesignObject[definition.Channel]) string { return o.Name })}}
}

// steps lead to a flowchart or a strategy.
func (p markablePath) steps(c *client.Client) []step {
	objects := named(client.RawDesigns(c, p.tenant, p.Channel, p.Kind).List, func(o client.DesignObject[json.RawMessage]) string { return o.Name })
	channel := channelPath{p.tenant, p.Channel}
	return append(channel.steps(c), step{"channel " + p.tenant + "/" + p.Channel, string(p.Kind), p.Name, objects})
}

// steps lead to a server group.
func (p groupPath) steps(c *client.Client) []step {
	solutions := func(ctx context.Context) ([]client.Solution, error) { return c.Solutions(ctx, p.tenant) }
	groups := func(ctx context.Context) ([]client.ServerGroup, error) {
		return c.ServerGroups(ctx, p.tenant, p.solution)
	}
	return []step{
		{"tenant " + p.tenant, "solution", p.solution, named(solutions, func(s client.Solution) string { return s.Name })},
		{"solution " + p.tenant + "/" + p.solution, "server group", p.group, named(groups, func(g client.ServerGroup) string { return g.Name })},
	}
}

// inLevel leads to an audience level, of which something is kept in a server group.
func (p groupPath) inLevel(c *client.Client, level string) []step {
	return append(p.steps(c), step{"tenant " + p.tenant, "audience level", level, named(client.TenantDesigns[definition.AudienceLevel](c, p.tenant).List,
		func(o client.DesignObject[definition.AudienceLevel]) string { return o.Name })})
}

// steps lead to a server.
func (p serverPath) steps(c *client.Client) []step {
	group := groupPath{p.tenant, p.solution, p.group}
	servers := func(ctx context.Context) ([]client.Server, error) {
		return c.Servers(ctx, p.tenant, p.solution, p.group)
	}
	return append(group.steps(c), step{
		"server group " + p.tenant + "/" + p.solution + "/" + p.group, "server", p.server, named(servers, func(s client.Server) string { return s.Name }),
	})
}
