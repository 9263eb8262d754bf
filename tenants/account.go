package tenants

import (
	"context"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
)

// Bounds of an account.
const (
	maxRoles    = 100
	maxSkills   = 200
	maxLevel    = 100
	maxCapacity = 1000
)

// AccountSettings are what can change of an account.
type AccountSettings struct {
	DisplayName string
	Roles       []RoleBinding
	Agent       *Agent // for people only
	Disabled    bool
}

// NewAccount is the input of CreateAccount.
type NewAccount struct {
	Name Name // at most 55 characters
	Kind AccountKind
	AccountSettings
}

// CreateAccount adds an account. It cannot log in until it has a password or an
// API key.
func (s *Service) CreateAccount(ctx context.Context, by audit.Actor, tenant TenantID, input NewAccount) (Account, error) {
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (Account, error) {
		var p problems
		p.addIf("name", nameProblem(input.Name, maxAccountName))
		p.addIf("kind", kindProblem(tenant, input.Kind))
		if err := s.checkAccount(ctx, w, tenant, input.Kind, input.AccountSettings, p); err != nil {
			return Account{}, err
		}
		at := now()
		account := Account{
			ID: NewID[AccountID](), Tenant: tenant, Name: input.Name, Kind: input.Kind,
			Version: 1, CreatedAt: at, UpdatedAt: at,
		}.with(input.AccountSettings)
		if err := w.InsertAccount(ctx, account); err != nil {
			return Account{}, err
		}
		return account, w.Record(ctx, accountEvent(by, "account.create", account))
	})
}

// Account returns one account.
func (s *Service) Account(ctx context.Context, tenant TenantID, name Name) (Account, error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (Account, error) { return r.Account(ctx, name) })
}

// Accounts lists the tenant's accounts.
func (s *Service) Accounts(ctx context.Context, tenant TenantID, page paging.Request) (paging.Page[Account], error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (paging.Page[Account], error) {
		return r.Accounts(ctx, page)
	})
}

// UpdateAccount replaces an account's settings. A disabled account cannot log in,
// and leaves the configuration of every server.
func (s *Service) UpdateAccount(ctx context.Context, by audit.Actor, tenant TenantID, name Name, version int64, settings AccountSettings) (Account, error) {
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (Account, error) {
		account, err := w.Account(ctx, name)
		if err != nil {
			return Account{}, err
		}
		if err := checkVersion(version, account.Version); err != nil {
			return Account{}, err
		}
		if err := s.checkAccount(ctx, w, tenant, account.Kind, settings, problems{}); err != nil {
			return Account{}, err
		}
		account = account.with(settings)
		account.Version, account.UpdatedAt = account.Version+1, now()
		if err := w.UpdateAccount(ctx, account); err != nil {
			return Account{}, err
		}
		return account, w.Record(ctx, accountEvent(by, "account.update", account))
	})
}

// with returns the account with other settings, in their stored form.
func (a Account) with(settings AccountSettings) Account {
	a.DisplayName, a.Disabled = settings.DisplayName, settings.Disabled
	a.Roles = slices.Clone(settings.Roles)
	a.Agent = nil
	if settings.Agent != nil {
		groups := slices.Clone(settings.Agent.Groups)
		slices.Sort(groups)
		a.Agent = &Agent{
			Skills:   maps.Clone(settings.Agent.Skills),
			Groups:   slices.Compact(groups),
			Capacity: maps.Clone(settings.Agent.Capacity),
		}
	}
	return a
}

// checkAccount adds to p what is wrong with the settings.
func (s *Service) checkAccount(ctx context.Context, r Reader, tenant TenantID, kind AccountKind, settings AccountSettings, p problems) error {
	p.addIf("displayName", textProblem(settings.DisplayName))
	checkAgent(kind, settings.Agent, &p)
	if len(settings.Roles) > maxRoles {
		p.add("roles", "an account has at most %d roles", maxRoles)
		return p.err()
	}
	for i, binding := range settings.Roles {
		problem, err := s.roleProblem(ctx, r, tenant, binding)
		if err != nil {
			return err
		}
		if slices.Contains(settings.Roles[:i], binding) {
			problem = "the role is listed twice"
		}
		p.addIf(indexed("roles", i), problem)
	}
	return p.err()
}

// roleProblem says why a role cannot be bound so; empty when it can.
func (s *Service) roleProblem(ctx context.Context, r Reader, tenant TenantID, binding RoleBinding) (string, error) {
	rule, known := s.options.Roles[binding.Role]
	switch {
	case !known:
		return "there is no such role", nil
	case rule.PlatformOnly && tenant != PlatformTenantID:
		return "this role exists in the platform tenant only", nil
	case binding.Solution == "":
		return "", nil
	case !rule.PerSolution:
		return "this role cannot be limited to a solution", nil
	}
	_, err := r.Solution(ctx, binding.Solution)
	if fault.Is(err, fault.NotFound) {
		return "there is no such solution", nil
	}
	return "", err
}

// kindProblem says why an account of that kind cannot be in the tenant.
func kindProblem(tenant TenantID, kind AccountKind) string {
	switch kind {
	case Person, Machine, Runner:
		return ""
	case Host:
		if tenant != PlatformTenantID {
			return "accounts of nodes are in the platform tenant"
		}
		return ""
	default:
		return "an account is of kind person, machine, server or node"
	}
}

func checkAgent(kind AccountKind, agent *Agent, p *problems) {
	if agent == nil {
		return
	}
	if kind != Person {
		p.add("agent", "only an account of kind person handles interactions")
	}
	if len(agent.Skills) > maxSkills || len(agent.Groups) > maxSkills || len(agent.Capacity) > maxSkills {
		p.add("agent", "an agent has at most %d skills, groups and media", maxSkills)
		return
	}
	checkLevels("agent.skills", agent.Skills, 1, maxLevel, p)
	checkLevels("agent.capacity", agent.Capacity, 0, maxCapacity, p)
	for i, group := range agent.Groups {
		p.addIf(indexed("agent.groups", i), nameProblem(group, maxName))
	}
}

// checkLevels checks names and their numbers, in the order of names.
func checkLevels(path string, levels map[string]int, lowest, highest int, p *problems) {
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		p.addIf(path, nameProblem(name, maxName))
		if level := levels[name]; level < lowest || level > highest {
			p.add(path+"."+name, "a number from %d to %d is expected", lowest, highest)
		}
	}
}

func accountPath(account Name) string { return "accounts/" + account }

func accountEvent(by audit.Actor, action string, a Account) audit.Event {
	roles := make([]string, 0, len(a.Roles))
	for _, r := range a.Roles {
		roles = append(roles, r.String())
	}
	return audit.NewEvent(by, string(a.Tenant), action, accountPath(a.Name),
		map[string]any{"kind": a.Kind, "roles": roles, "disabled": a.Disabled})
}
