package casbinauthz

import (
	"errors"

	"github.com/casbin/casbin/v2/model"
	"github.com/casbin/casbin/v2/persist"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/tenants"
)

// definition is the model. A request says who (sub) of which tenant (home) does
// what (act) in which tenant (dom), solution (sol) and business process (obj).
// The test of membership is the dearest and comes last.
const definition = `
[request_definition]
r = sub, home, dom, sol, obj, act

[policy_definition]
p = sub, dom, sol, obj, act

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.act == p.act && (p.dom == "*" || r.dom == p.dom) && (p.sol == "*" || r.sol == p.sol) && (p.obj == "*" || r.obj == p.obj) && g(r.sub, p.sub, r.home)
`

const anything = "*"

// adapter hands one tenant's policy to Casbin. It only loads: the policy is
// changed by accessgroups.Service alone, in the transaction of its audit event.
type adapter struct{ policy accessgroups.Policy }

var _ persist.Adapter = adapter{}

// LoadPolicy implements persist.Adapter.
func (a adapter) LoadPolicy(m model.Model) error {
	l := loader{
		model: m, home: string(a.policy.Tenant),
		enabled: map[tenants.AccountID]bool{}, done: map[tenants.RoleBinding]bool{},
	}
	for _, account := range a.policy.Accounts {
		l.enabled[account.ID] = true
		for _, binding := range accessgroups.RolesOf(account) {
			l.bind(account.ID, binding)
		}
	}
	for _, group := range a.policy.Groups {
		l.group(group)
	}
	return l.err
}

// loader adds rules until one fails.
type loader struct {
	model   model.Model
	home    string
	enabled map[tenants.AccountID]bool // accounts that may do anything at all
	done    map[tenants.RoleBinding]bool
	err     error
}

func (l *loader) add(rule ...string) {
	if l.err == nil {
		l.err = persist.LoadPolicyArray(rule, l.model)
	}
}

// bind gives an account a role. A role of the platform counts in the platform
// tenant only, whatever is stored.
func (l *loader) bind(account tenants.AccountID, binding tenants.RoleBinding) {
	rule := accessgroups.RoleRules()[binding.Role]
	if rule.PlatformOnly && l.home != string(tenants.PlatformTenantID) {
		return
	}
	subject := "role:" + binding.Role + "@" + binding.Solution
	l.add("g", accountSubject(account), subject, l.home)
	if l.done[binding] {
		return
	}
	l.done[binding] = true
	domain, solution := l.home, binding.Solution
	if accessgroups.Role(binding.Role) == accessgroups.PlatformAdmin {
		domain = anything
	}
	if solution == "" {
		solution = anything
	}
	for _, action := range accessgroups.ActionsOf(accessgroups.Role(binding.Role)) {
		in := solution
		if accessgroups.TenantWide(action) {
			in = anything
		}
		l.add("p", subject, domain, in, anything, string(action))
	}
}

// group adds an access group: its grants and its members.
func (l *loader) group(group accessgroups.PolicyGroup) {
	subject := "group:" + group.ID
	for _, grant := range group.Grants {
		for _, action := range grant.Actions {
			l.add("p", subject, l.home, anything, grant.Process, string(action))
		}
	}
	for _, member := range group.Members {
		if l.enabled[member] {
			l.add("g", accountSubject(member), subject, l.home)
		}
	}
}

func accountSubject(account tenants.AccountID) string { return "account:" + string(account) }

var errReadOnly = errors.New("the policy is changed through accessgroups.Service")

// SavePolicy implements persist.Adapter.
func (adapter) SavePolicy(model.Model) error { return errReadOnly }

// AddPolicy implements persist.Adapter.
func (adapter) AddPolicy(string, string, []string) error { return errReadOnly }

// RemovePolicy implements persist.Adapter.
func (adapter) RemovePolicy(string, string, []string) error { return errReadOnly }

// RemoveFilteredPolicy implements persist.Adapter.
func (adapter) RemoveFilteredPolicy(string, string, int, ...string) error { return errReadOnly }
