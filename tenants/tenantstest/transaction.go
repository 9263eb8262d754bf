package tenantstest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// transaction implements tenants.Writer over one tenant's content.
type transaction struct {
	store   *Store
	tenant  tenants.TenantID
	content content
	updated *tenants.Tenant
}

func (t *transaction) Tenant(context.Context) (tenants.Tenant, error) {
	tenant, ok := t.store.tenants[t.tenant]
	if !ok {
		return tenants.Tenant{}, tenants.NotFound("tenant")
	}
	return withProvisioning(tenant, t.content), nil
}

func (t *transaction) UpdateTenant(_ context.Context, tenant tenants.Tenant) error {
	t.updated = &tenant
	return nil
}

func (t *transaction) Solution(_ context.Context, name tenants.Name) (tenants.Solution, error) {
	return find(t.content.solutions, "solution", func(s tenants.Solution) bool { return s.Name == name })
}

func (t *transaction) SolutionByID(_ context.Context, id tenants.SolutionID) (tenants.Solution, error) {
	return find(t.content.solutions, "solution", func(s tenants.Solution) bool { return s.ID == id })
}

func (t *transaction) Solutions(_ context.Context, page paging.Request) (paging.Page[tenants.Solution], error) {
	return cut(t.content.solutions, page, func(tenants.Solution) bool { return true },
		func(s tenants.Solution) string { return s.Name }), nil
}

func (t *transaction) InsertSolution(_ context.Context, solution tenants.Solution) error {
	return insert(t.content.solutions, solution.ID, solution,
		func(s tenants.Solution) bool { return s.Name == solution.Name }, "solution", solution.Name)
}

func (t *transaction) UpdateSolution(_ context.Context, solution tenants.Solution) error {
	solution.Provisioning = t.content.solutions[solution.ID].Provisioning
	t.content.solutions[solution.ID] = solution
	return nil
}

func (t *transaction) RequestProvisioning(_ context.Context, id tenants.SolutionID, at time.Time) error {
	solution := t.content.solutions[id]
	p := &solution.Provisioning
	p.State, p.Request, p.Step, p.Reason, p.UpdatedAt = tenants.ProvisioningRequested, p.Request+1, "", "", at
	t.content.solutions[id] = solution
	return nil
}

func (t *transaction) ServerGroup(_ context.Context, solution tenants.SolutionID, name tenants.Name) (tenants.ServerGroup, error) {
	return find(t.content.groups, "server group", func(g tenants.ServerGroup) bool { return g.Solution == solution && g.Name == name })
}

func (t *transaction) ServerGroupByID(_ context.Context, id tenants.ServerGroupID) (tenants.ServerGroup, error) {
	return find(t.content.groups, "server group", func(g tenants.ServerGroup) bool { return g.ID == id })
}

func (t *transaction) ServerGroups(_ context.Context, solution tenants.SolutionID, page paging.Request) (paging.Page[tenants.ServerGroup], error) {
	return cut(t.content.groups, page, func(g tenants.ServerGroup) bool { return g.Solution == solution },
		func(g tenants.ServerGroup) string { return g.Name }), nil
}

func (t *transaction) InsertServerGroup(_ context.Context, group tenants.ServerGroup) error {
	return insert(t.content.groups, group.ID, group, func(g tenants.ServerGroup) bool {
		return g.Solution == group.Solution && g.Name == group.Name
	}, "server group", group.Name)
}

func (t *transaction) Server(_ context.Context, group tenants.ServerGroupID, name tenants.Name) (tenants.Server, error) {
	return find(t.content.servers, "server", func(s tenants.Server) bool { return s.Group == group && s.Name == name })
}

func (t *transaction) ServerByID(_ context.Context, id tenants.ServerID) (tenants.Server, error) {
	return find(t.content.servers, "server", func(s tenants.Server) bool { return s.ID == id })
}

func (t *transaction) Servers(_ context.Context, group tenants.ServerGroupID, page paging.Request) (paging.Page[tenants.Server], error) {
	return cut(t.content.servers, page, func(s tenants.Server) bool { return s.Group == group },
		func(s tenants.Server) string { return s.Name }), nil
}

func (t *transaction) InsertServer(_ context.Context, server tenants.Server) error {
	return insert(t.content.servers, server.ID, server, func(s tenants.Server) bool {
		return s.Group == server.Group && s.Name == server.Name
	}, "server", server.Name)
}

func (t *transaction) UpdateServer(_ context.Context, server tenants.Server) error {
	before := t.content.servers[server.ID]
	server.Status = before.Status
	if server.Node != before.Node && !server.Status.ReportedAt.IsZero() {
		server.Status = tenants.ServerStatus{
			State: tenants.ServerPending, Address: before.Status.Address, Metrics: before.Status.Metrics, ReportedAt: before.Status.ReportedAt,
		}
	}
	t.content.servers[server.ID] = server
	return nil
}

func (t *transaction) DeleteServer(_ context.Context, id tenants.ServerID) error {
	delete(t.content.servers, id)
	return nil
}

func (t *transaction) Account(_ context.Context, name tenants.Name) (tenants.Account, error) {
	return find(t.content.accounts, "account", func(a tenants.Account) bool { return a.Name == name })
}

func (t *transaction) AccountByID(_ context.Context, id tenants.AccountID) (tenants.Account, error) {
	return find(t.content.accounts, "account", func(a tenants.Account) bool { return a.ID == id })
}

func (t *transaction) Accounts(_ context.Context, page paging.Request) (paging.Page[tenants.Account], error) {
	return cut(t.content.accounts, page, func(tenants.Account) bool { return true },
		func(a tenants.Account) string { return a.Name }), nil
}

func (t *transaction) InsertAccount(_ context.Context, account tenants.Account) error {
	return insert(t.content.accounts, account.ID, account,
		func(a tenants.Account) bool { return a.Name == account.Name }, "account", account.Name)
}

func (t *transaction) UpdateAccount(_ context.Context, account tenants.Account) error {
	t.content.accounts[account.ID] = account
	return nil
}

func (t *transaction) FindPasswordHash(_ context.Context, account tenants.AccountID) (string, bool, error) {
	hash, ok := t.content.passwords[account]
	return hash, ok, nil
}

func (t *transaction) SavePasswordHash(_ context.Context, account tenants.AccountID, hash string, _ time.Time) error {
	t.content.passwords[account] = hash
	return nil
}

func (t *transaction) APIKeys(_ context.Context, account tenants.AccountID) ([]tenants.APIKey, error) {
	keys := []tenants.APIKey{}
	for _, key := range t.content.keys {
		if key.Account == account {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b tenants.APIKey) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return keys, nil
}

func (t *transaction) InsertAPIKey(_ context.Context, key tenants.APIKey) error {
	if _, taken := t.content.keys[key.ID]; taken {
		return fault.New(fault.Conflict, "api-key-taken", "there is an API key of this id already")
	}
	t.content.keys[key.ID] = key
	return nil
}

func (t *transaction) DeleteAPIKey(_ context.Context, account tenants.AccountID, id string) (bool, error) {
	key, ok := t.content.keys[id]
	if !ok || key.Account != account {
		return false, nil
	}
	delete(t.content.keys, id)
	return true, nil
}

func (t *transaction) FindSecret(_ context.Context, kind tenants.SecretKind, owner string) ([]byte, bool, error) {
	sealed, ok := t.content.secrets[secretKey{kind, owner}]
	return sealed, ok, nil
}

func (t *transaction) SaveSecret(_ context.Context, kind tenants.SecretKind, owner string, sealed []byte) error {
	t.content.secrets[secretKey{kind, owner}] = sealed
	return nil
}

func (t *transaction) DeleteSecret(_ context.Context, kind tenants.SecretKind, owner string) error {
	delete(t.content.secrets, secretKey{kind, owner})
	return nil
}

func (t *transaction) Record(_ context.Context, event audit.Event) error {
	t.content.events = append(t.content.events, event)
	return nil
}
