package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/client"
)

// Verb says what a step does.
type Verb string

// The closed set of verbs.
const (
	Create    Verb = "created"
	Update    Verb = "updated"
	Unchanged Verb = "unchanged"
)

// Step is one resource and what has to happen to it.
type Step struct {
	Verb   Verb
	Tenant string
	// Resource is its path below the tenant, "accounts/amira"; empty for the
	// tenant itself.
	Resource string
	// Note says more, "version 3 published"; it may be empty.
	Note string

	run func(context.Context, *client.Client) error // nil when unchanged
}

// String is the resource's whole path: "harborbank/accounts/amira".
func (s Step) String() string {
	if s.Resource == "" {
		return s.Tenant
	}
	return s.Tenant + "/" + s.Resource
}

// Plan lists the steps that bring what is present, by tenant name, to what the
// files say, in the order in which they have to be done. A reference to what is
// neither in the files nor present is a problem. It does no I/O.
func Plan(set *Set, present map[string]Present) ([]Step, error) {
	if problems := checkReferences(set, present); len(problems) > 0 {
		return nil, problems
	}
	p := &planner{present: present}
	for _, d := range set.Tenants {
		p.tenant(d)
	}
	for _, d := range set.Solutions { // roles of accounts may name them
		p.solution(d)
	}
	for _, d := range set.Accounts {
		p.account(d)
	}
	for _, d := range set.Processes {
		p.process(d)
	}
	for _, d := range set.AccessGroups {
		p.accessGroup(d)
	}
	for _, d := range set.Solutions { // servers run under accounts
		p.serverGroups(d)
	}
	return p.steps, nil
}

type planner struct {
	present map[string]Present
	steps   []Step
}

func (p *planner) add(verb Verb, tenant, resource string, run func(context.Context, *client.Client) error) {
	p.steps = append(p.steps, Step{Verb: verb, Tenant: tenant, Resource: resource, run: run})
}

func (p *planner) tenant(d *Tenant) {
	now := p.present[d.Name].Tenant
	switch {
	case now == nil:
		p.add(Create, d.Name, "", func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateTenant(ctx, client.NewTenant{Name: d.Name, DisplayName: d.DisplayName})
			return err
		})
	case now.DisplayName != d.DisplayName:
		p.add(Update, d.Name, "", func(ctx context.Context, c *client.Client) error {
			_, err := c.UpdateTenant(ctx, d.Name, now.Version, client.TenantChange{DisplayName: d.DisplayName})
			return err
		})
	default:
		p.add(Unchanged, d.Name, "", nil)
	}
}

func (p *planner) account(d *Account) {
	resource := "accounts/" + d.Name
	now, exists := p.present[d.Tenant].Accounts[d.Name]
	change := client.AccountChange{DisplayName: d.DisplayName, Roles: orEmpty(d.Roles), Agent: d.Agent, Disabled: d.Disabled}
	switch {
	case !exists:
		p.add(Create, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateAccount(ctx, d.Tenant, client.NewAccount{
				Name: d.Name, Kind: d.AccountKind, DisplayName: d.DisplayName, Roles: d.Roles, Agent: d.Agent, Disabled: d.Disabled,
			})
			return err
		})
	case !sameAccount(now, change):
		p.add(Update, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.UpdateAccount(ctx, d.Tenant, d.Name, now.Version, change)
			return err
		})
	default:
		p.add(Unchanged, d.Tenant, resource, nil)
	}
}

func sameAccount(now client.Account, want client.AccountChange) bool {
	return now.DisplayName == want.DisplayName && now.Disabled == want.Disabled &&
		sameSet(now.Roles, want.Roles) && sameAgent(now.Agent, want.Agent)
}

func sameAgent(a, b *client.AgentProfile) bool {
	if a == nil || b == nil {
		return a == b
	}
	return maps.Equal(a.Skills, b.Skills) && sameSet(a.Groups, b.Groups) && maps.Equal(a.Capacity, b.Capacity)
}

func (p *planner) process(d *BusinessProcess) {
	resource := "business-processes/" + d.Name
	now, exists := p.present[d.Tenant].Processes[d.Name]
	draft := client.BusinessProcessDraft{DisplayName: d.DisplayName, Document: d.Text}
	publish := func(ctx context.Context, c *client.Client) error {
		_, err := c.PublishBusinessProcess(ctx, d.Tenant, d.Name, client.AnyVersion)
		return err
	}
	put := func(version int64) func(context.Context, *client.Client) error {
		return func(ctx context.Context, c *client.Client) error {
			if _, err := c.PutBusinessProcess(ctx, d.Tenant, d.Name, version, draft); err != nil {
				return err
			}
			return publish(ctx, c)
		}
	}
	switch {
	case !exists:
		p.add(Create, d.Tenant, resource, put(client.AnyVersion))
	case now.DisplayName != d.DisplayName || now.Document != d.Text:
		p.add(Update, d.Tenant, resource, put(now.Version))
	case now.Retired || now.PublishedHash != contentHash(d.Text):
		p.add(Update, d.Tenant, resource, publish)
	default:
		p.add(Unchanged, d.Tenant, resource, nil)
	}
}

// contentHash is the hash by which a published version is known.
func contentHash(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

func (p *planner) accessGroup(d *AccessGroup) {
	resource := "access-groups/" + d.Name
	now, exists := p.present[d.Tenant].AccessGroups[d.Name]
	change := client.AccessGroupChange{DisplayName: d.DisplayName, Members: orEmpty(d.Members), Grants: orEmpty(d.Grants)}
	switch {
	case !exists:
		p.add(Create, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateAccessGroup(ctx, d.Tenant, client.NewAccessGroup{
				Name: d.Name, DisplayName: d.DisplayName, Members: d.Members, Grants: d.Grants,
			})
			return err
		})
	case now.DisplayName != d.DisplayName || !sameSet(now.Members, d.Members) || !sameGrants(now.Grants, d.Grants):
		p.add(Update, d.Tenant, resource, func(ctx context.Context, c *client.Client) error {
			_, err := c.UpdateAccessGroup(ctx, d.Tenant, d.Name, now.Version, change)
			return err
		})
	default:
		p.add(Unchanged, d.Tenant, resource, nil)
	}
}

func sameGrants(a, b []client.Grant) bool {
	actionsOf := func(grants []client.Grant) map[string][]string {
		byProcess := make(map[string][]string, len(grants))
		for _, grant := range grants {
			byProcess[grant.Process] = grant.Actions
		}
		return byProcess
	}
	return len(a) == len(b) && maps.EqualFunc(actionsOf(a), actionsOf(b), sameSet)
}

// sameSet compares two lists regardless of order and repetition.
func sameSet[T comparable](a, b []T) bool {
	within := func(some, all []T) bool {
		return !slices.ContainsFunc(some, func(v T) bool { return !slices.Contains(all, v) })
	}
	return within(a, b) && within(b, a)
}

// orEmpty is values, [] instead of null in JSON.
func orEmpty[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}
