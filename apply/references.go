package apply

import (
	"fmt"

	"github.com/switchyard/switchyard/tenants"
)

// checkReferences finds what the documents name that is neither in the files nor
// present, and what is present and cannot become what the files say.
func checkReferences(set *Set, present map[string]Present) Problems {
	r := &references{checker: &checker{}, present: present, declared: declare(set)}
	for _, h := range set.headers() {
		r.tenantExists(h)
	}
	for _, d := range set.Accounts {
		r.account(d)
	}
	for _, d := range set.AccessGroups {
		r.accessGroup(d)
	}
	for _, d := range set.Solutions {
		r.solution(d)
	}
	return r.problems
}

// named is a name within a tenant.
type named struct{ tenant, name string }

// declarations are what the files hold; accounts with their kind.
type declarations struct {
	tenants   map[string]bool
	accounts  map[named]string
	processes map[named]bool
	solutions map[named]bool
}

func declare(set *Set) declarations {
	d := declarations{map[string]bool{}, map[named]string{}, map[named]bool{}, map[named]bool{}}
	for _, t := range set.Tenants {
		d.tenants[t.Name] = true
	}
	for _, a := range set.Accounts {
		d.accounts[named{a.Tenant, a.Name}] = a.AccountKind
	}
	for _, b := range set.Processes {
		d.processes[named{b.Tenant, b.Name}] = true
	}
	for _, s := range set.Solutions {
		d.solutions[named{s.Tenant, s.Name}] = true
	}
	return d
}

type references struct {
	*checker
	present  map[string]Present
	declared declarations
}

func (r *references) tenantExists(h *Header) {
	if !r.declared.tenants[h.Tenant] && r.present[h.Tenant].Tenant == nil {
		r.fail(h.source, "tenant", "there is no tenant %s, in these files or at the control plane", h.Tenant)
	}
}

// accountKind is the kind of an account, empty when there is none.
func (r *references) accountKind(tenant, name string) string {
	if kind, declared := r.declared.accounts[named{tenant, name}]; declared {
		return kind
	}
	return r.present[tenant].Accounts[name].Kind
}

func (r *references) account(d *Account) {
	if now, exists := r.present[d.Tenant].Accounts[d.Name]; exists && now.Kind != d.AccountKind {
		r.fail(d.source, "accountKind", "the account exists with kind %s, which cannot change", now.Kind)
	}
	for i, binding := range d.Roles {
		if binding.Solution == "" || r.declared.solutions[named{d.Tenant, binding.Solution}] {
			continue
		}
		if _, exists := r.present[d.Tenant].Solutions[binding.Solution]; !exists {
			r.fail(d.source, fmt.Sprintf("roles[%d].solution", i), "there is no solution %s, in these files or at the control plane", binding.Solution)
		}
	}
}

func (r *references) accessGroup(d *AccessGroup) {
	for i, member := range d.Members {
		if r.accountKind(d.Tenant, member) == "" {
			r.fail(d.source, fmt.Sprintf("members[%d]", i), "there is no account %s, in these files or at the control plane", member)
		}
	}
	for i, grant := range d.Grants {
		if r.declared.processes[named{d.Tenant, grant.Process}] {
			continue
		}
		if _, exists := r.present[d.Tenant].Processes[grant.Process]; !exists {
			r.fail(d.source, fmt.Sprintf("grants[%d].process", i), "there is no business process %s, in these files or at the control plane", grant.Process)
		}
	}
}

func (r *references) solution(d *Solution) {
	groups := r.present[d.Tenant].Solutions[d.Name].Groups
	for i, group := range d.ServerGroups {
		path := fmt.Sprintf("serverGroups[%d]", i)
		if now, exists := groups[group.Name]; exists && now.Kind != group.Kind {
			r.fail(d.source, path+".kind", "the group exists with kind %s, which cannot change", now.Kind)
		}
		if group.Kind == string(tenants.Production) {
			r.onlyProduction(d, path, group.Name, groups)
		}
		for j, server := range group.Servers {
			r.serverAccount(d, fmt.Sprintf("%s.servers[%d].account", path, j), server.Account)
		}
	}
}

func (r *references) onlyProduction(d *Solution, path, name string, groups map[string]PresentGroup) {
	for other, now := range groups {
		if other != name && now.Kind == string(tenants.Production) {
			r.fail(d.source, path+".name", "the solution has the production group %s already, and has exactly one", other)
		}
	}
}

func (r *references) serverAccount(d *Solution, path, name string) {
	switch kind := r.accountKind(d.Tenant, name); kind {
	case string(tenants.Runner):
	case "":
		r.fail(d.source, path, "there is no account %s, in these files or at the control plane", name)
	default:
		r.fail(d.source, path, "account %s is of kind %s; a server runs under an account of kind server", name, kind)
	}
}
