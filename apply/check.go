package apply

import (
	"fmt"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/tenants"
)

var (
	accountKinds = []string{string(tenants.Person), string(tenants.Machine), string(tenants.Runner), string(tenants.Host)}
	groupKinds   = []string{string(tenants.Production), string(tenants.Staging)}
)

// check looks at what can be judged from the files alone and sets defaults.
func check(set *Set) Problems {
	c := &checker{}
	c.tenantsNamed(set)
	c.namesUnique(set)
	for _, account := range set.Accounts {
		c.account(account)
	}
	for _, group := range set.AccessGroups {
		c.accessGroup(group)
	}
	for _, solution := range set.Solutions {
		c.solution(solution)
	}
	for _, d := range set.Designs {
		c.design(d)
	}
	return c.problems
}

func (c *checker) design(d *Design) {
	switch inside := designKinds[d.Kind].InChannel(); {
	case inside && d.Channel == "":
		c.fail(d.source, "channel", "missing: a %s lies in a channel", d.Kind)
	case inside:
		c.name(d.source, "channel", d.Channel)
	case d.Channel != "":
		c.fail(d.source, "channel", "a %s lies in no channel", d.Kind)
	}
}

type checker struct{ problems Problems }

func (c *checker) fail(from source, path, format string, args ...any) {
	c.problems = append(c.problems, from.problem(path, fmt.Sprintf(format, args...)))
}

func (c *checker) oneOf(from source, path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		c.fail(from, path, "%q is not one of %s", value, strings.Join(allowed, ", "))
	}
}

func (c *checker) name(from source, path, name string) {
	if _, err := tenants.ParseName(name); err != nil {
		c.fail(from, path, "%q is not a name: lower case letters, digits and single hyphens, a letter first, at most 63", name)
	}
}

// tenantsNamed gives every document its tenant.
func (c *checker) tenantsNamed(set *Set) {
	only := onlyTenant(set)
	for _, h := range set.headers() {
		switch {
		case h.Kind == KindTenant && h.Tenant != "":
			c.fail(h.source, "tenant", "a tenant lies in no tenant")
		case h.Kind == KindTenant:
			h.Tenant = h.Name
		case h.Tenant == "" && only != "":
			h.Tenant = only
		case h.Tenant == "":
			c.fail(h.source, "tenant", "missing; it may be left out only where the files hold exactly one document of kind Tenant")
		default:
			c.name(h.source, "tenant", h.Tenant)
		}
		c.name(h.source, "name", h.Name)
	}
}

// onlyTenant is the name of the tenant that the files hold, also where they hold it
// twice by mistake; empty where they hold none or several.
func onlyTenant(set *Set) string {
	only := ""
	for _, t := range set.Tenants {
		if only != "" && t.Name != only {
			return ""
		}
		only = t.Name
	}
	return only
}

func (c *checker) namesUnique(set *Set) {
	type key struct {
		kind                  Kind
		tenant, channel, name string
	}
	channels := make(map[*Header]string, len(set.Designs))
	for _, d := range set.Designs {
		channels[&d.Header] = d.Channel
	}
	first := make(map[key]*Header)
	for _, h := range set.headers() {
		k := key{h.Kind, h.Tenant, channels[h], h.Name}
		if before, doubled := first[k]; doubled {
			c.fail(h.source, "name", "there is a %s %s in %s:%d already", h.Kind, h.Name, before.source.file, before.source.node.Line)
			continue
		}
		first[k] = h
	}
}

func (c *checker) account(a *Account) {
	if a.AccountKind == "" {
		a.AccountKind = string(tenants.Person)
	}
	c.oneOf(a.source, "accountKind", a.AccountKind, accountKinds)
	for i, binding := range a.Roles {
		c.oneOf(a.source, fmt.Sprintf("roles[%d].role", i), binding.Role, roles)
	}
}

func (c *checker) accessGroup(g *AccessGroup) {
	processes := make(map[string]bool, len(g.Grants))
	for i, grant := range g.Grants {
		path := fmt.Sprintf("grants[%d]", i)
		if processes[grant.Process] {
			c.fail(g.source, path+".process", "%s is granted twice; write its actions in one grant", grant.Process)
		}
		processes[grant.Process] = true
		if len(grant.Actions) == 0 {
			c.fail(g.source, path+".actions", "expected at least one of %s", strings.Join(actions, ", "))
		}
		for j, action := range grant.Actions {
			c.oneOf(g.source, fmt.Sprintf("%s.actions[%d]", path, j), action, actions)
		}
	}
}

func (c *checker) solution(s *Solution) {
	groups := make(map[string]bool, len(s.ServerGroups))
	production := 0
	for i := range s.ServerGroups {
		group, path := &s.ServerGroups[i], fmt.Sprintf("serverGroups[%d]", i)
		c.name(s.source, path+".name", group.Name)
		if group.Kind == "" {
			group.Kind = defaultGroupKind(group.Name)
		}
		c.oneOf(s.source, path+".kind", group.Kind, groupKinds)
		if group.Kind == string(tenants.Production) {
			production++
		}
		if groups[group.Name] {
			c.fail(s.source, path+".name", "there is a group %s in this solution already", group.Name)
		}
		groups[group.Name] = true
		c.servers(s, group, path)
	}
	if production > 1 {
		c.fail(s.source, "serverGroups", "%d groups of kind production; a solution has exactly one", production)
	}
}

func defaultGroupKind(name string) string {
	if name == string(tenants.Production) {
		return string(tenants.Production)
	}
	return string(tenants.Staging)
}

func (c *checker) servers(s *Solution, group *ServerGroup, path string) {
	names := make(map[string]bool, len(group.Servers))
	for j, server := range group.Servers {
		at := fmt.Sprintf("%s.servers[%d]", path, j)
		c.name(s.source, at+".name", server.Name)
		c.name(s.source, at+".node", server.Node)
		if names[server.Name] {
			c.fail(s.source, at+".name", "there is a server %s in this group already", server.Name)
		}
		names[server.Name] = true
	}
}

var (
	actions = texts(accessgroups.ProcessActions)
	roles   = texts([]accessgroups.Role{
		accessgroups.PlatformAdmin, accessgroups.NodeRole, accessgroups.TenantAdmin, accessgroups.Designer,
		accessgroups.Deployer, accessgroups.Operator, accessgroups.WorkflowEngineer, accessgroups.AgentRole,
		accessgroups.Touchpoint, accessgroups.Auditor,
	})
)

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
}
