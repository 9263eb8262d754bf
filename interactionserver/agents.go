package interactionserver

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// SetMedium changes the caller's own state for a medium that it has capacity for.
func (s *Service) SetMedium(ctx context.Context, caller, agent tenants.AccountID, medium string, c MediumChange) (Agent, error) {
	account, err := s.self(caller, agent)
	if err != nil {
		return Agent{}, err
	}
	if err := c.check(); err != nil {
		return Agent{}, err
	}
	if account.Agent.Capacity[medium] <= 0 {
		return Agent{}, fault.New(fault.NotFound, "medium-not-found", "the agent takes no interactions of this medium")
	}
	if err := s.store.SetMedium(ctx, agent, medium, c); err != nil {
		return Agent{}, err
	}
	return s.changedAgent(ctx, account)
}

// SetDoNotDisturb switches all offers to the caller off or on again.
func (s *Service) SetDoNotDisturb(ctx context.Context, caller, agent tenants.AccountID, on bool) (Agent, error) {
	account, err := s.self(caller, agent)
	if err != nil {
		return Agent{}, err
	}
	if err := s.store.SetDoNotDisturb(ctx, agent, on); err != nil {
		return Agent{}, err
	}
	return s.changedAgent(ctx, account)
}

// self returns the caller as an agent: each changes its own state only.
func (s *Service) self(caller, agent tenants.AccountID) (*configuration.Account, error) {
	v := s.view.Load()
	account := v.agent(agent)
	switch {
	case account != nil && caller == agent:
		return account, nil
	case account != nil && v.seesAgents(caller):
		return nil, notAllowed("change another agent's state")
	default:
		return nil, agentNotFound()
	}
}

func (s *Service) changedAgent(ctx context.Context, account *configuration.Account) (Agent, error) {
	id := tenants.AccountID(account.ID)
	s.hub.tell(id)
	s.matcher.look()
	return s.Agent(ctx, id, id)
}

// seesAgents reports whether the account sees other agents than itself.
func (v *view) seesAgents(caller tenants.AccountID) bool {
	return len(v.processesFor(caller, accessgroups.Statistics)) > 0
}

// Agent returns an agent with what is assigned to it. A caller sees itself, and
// others with "statistics" for some process (then only assignments of processes
// that it may view); otherwise NotFound "agent-not-found".
func (s *Service) Agent(ctx context.Context, caller, agent tenants.AccountID) (Agent, error) {
	v := s.view.Load()
	account := v.agent(agent)
	if account == nil || caller != agent && !v.seesAgents(caller) {
		return Agent{}, agentNotFound()
	}
	agents, err := s.describe(ctx, v, caller, []*configuration.Account{account})
	if err != nil {
		return Agent{}, err
	}
	return agents[0], nil
}

// Agents returns all agents that the caller sees, by name, as Agent does.
func (s *Service) Agents(ctx context.Context, caller tenants.AccountID) ([]Agent, error) {
	v := s.view.Load()
	all := v.seesAgents(caller)
	var accounts []*configuration.Account
	for id, account := range v.accounts {
		if account.Agent != nil && (all || id == caller) {
			accounts = append(accounts, account)
		}
	}
	slices.SortFunc(accounts, func(a, b *configuration.Account) int { return cmp.Compare(a.Name, b.Name) })
	return s.describe(ctx, v, caller, accounts)
}

// describe joins what the configuration and the store know of agents.
func (s *Service) describe(ctx context.Context, v *view, caller tenants.AccountID, accounts []*configuration.Account) ([]Agent, error) {
	ids := make([]tenants.AccountID, len(accounts))
	for i, account := range accounts {
		ids[i] = tenants.AccountID(account.ID)
	}
	stored, err := s.store.FindAgents(ctx, ids)
	if err != nil {
		return nil, err
	}
	states := make(map[tenants.AccountID]AgentRecord, len(stored))
	for _, record := range stored {
		states[record.ID] = record
	}
	agents := make([]Agent, len(accounts))
	for i, account := range accounts {
		agents[i] = newAgent(account, states[ids[i]])
		agents[i].Assignments = slices.DeleteFunc(agents[i].Assignments, func(in Interaction) bool { return !v.sees(caller, in) })
	}
	return agents, nil
}

// newAgent is one agent: a medium for each that it has capacity for, and for each
// that it still has interactions of.
func newAgent(account *configuration.Account, record AgentRecord) Agent {
	media := maps.Clone(record.Media)
	if media == nil {
		media = map[string]Medium{}
	}
	maps.DeleteFunc(media, func(name string, m Medium) bool { return account.Agent.Capacity[name] <= 0 && m.Assigned == 0 })
	for name, capacity := range account.Agent.Capacity {
		medium, known := media[name]
		if !known {
			medium = Medium{Name: name, State: NotReady}
		}
		medium.Capacity = capacity
		media[name] = medium
	}
	return Agent{
		ID:           tenants.AccountID(account.ID),
		Name:         account.Name,
		DisplayName:  account.DisplayName,
		Skills:       account.Agent.Skills,
		Groups:       account.Agent.Groups,
		DoNotDisturb: record.DoNotDisturb,
		Media:        slices.SortedFunc(maps.Values(media), func(a, b Medium) int { return cmp.Compare(a.Name, b.Name) }),
		Assignments:  record.Assignments,
	}
}

// WatchAgent returns a channel that receives after changes of an agent's media
// or assignments, several changes at once counting as one; after a receive, read
// Agent. Changes made through this server show at once, those of the group's
// other servers within about a second. Call stop when done.
func (s *Service) WatchAgent(agent tenants.AccountID) (changed <-chan struct{}, stop func()) {
	return s.hub.watch(agent)
}
