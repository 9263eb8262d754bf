package tenantstest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// Store is a tenants.Store in memory. Its zero value is not usable; see NewStore.
type Store struct {
	mu      sync.Mutex
	tenants map[tenants.TenantID]tenants.Tenant
	content map[tenants.TenantID]content
	nodes   map[tenants.Name]tenants.Node
}

var _ tenants.Store = (*Store)(nil)

// content is what one tenant has. A change works on a copy of the maps; what is in
// them is replaced and never modified.
type content struct {
	solutions map[tenants.SolutionID]tenants.Solution
	groups    map[tenants.ServerGroupID]tenants.ServerGroup
	servers   map[tenants.ServerID]tenants.Server
	accounts  map[tenants.AccountID]tenants.Account
	passwords map[tenants.AccountID]string
	keys      map[string]tenants.APIKey
	secrets   map[secretKey][]byte
	events    []audit.Event
}

type secretKey struct {
	kind  tenants.SecretKind
	owner string
}

func newContent() content {
	return content{
		solutions: map[tenants.SolutionID]tenants.Solution{},
		groups:    map[tenants.ServerGroupID]tenants.ServerGroup{},
		servers:   map[tenants.ServerID]tenants.Server{},
		accounts:  map[tenants.AccountID]tenants.Account{},
		passwords: map[tenants.AccountID]string{},
		keys:      map[string]tenants.APIKey{},
		secrets:   map[secretKey][]byte{},
	}
}

func (c content) clone() content {
	return content{
		solutions: maps.Clone(c.solutions), groups: maps.Clone(c.groups), servers: maps.Clone(c.servers),
		accounts: maps.Clone(c.accounts), passwords: maps.Clone(c.passwords), keys: maps.Clone(c.keys),
		secrets: maps.Clone(c.secrets), events: slices.Clone(c.events),
	}
}

// NewStore returns a store with the platform tenant and nothing else.
func NewStore() *Store {
	platform := tenants.Tenant{
		ID: tenants.PlatformTenantID, Name: tenants.PlatformTenant, DisplayName: "Platform", Version: 1,
		CreatedAt: time.Now().UTC(), UpdatedAt: time.Now().UTC(),
	}
	return &Store{
		tenants: map[tenants.TenantID]tenants.Tenant{platform.ID: platform},
		content: map[tenants.TenantID]content{platform.ID: newContent()},
		nodes:   map[tenants.Name]tenants.Node{},
	}
}

// Events returns the audit events of a tenant, in order.
func (s *Store) Events(tenant tenants.TenantID) []audit.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.content[tenant].events)
}

// View implements tenants.Store. A tenant that does not exist has nothing.
func (s *Store) View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r tenants.Reader) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.content[tenant]
	if !ok {
		c = newContent()
	}
	return fn(ctx, &transaction{store: s, tenant: tenant, content: c})
}

// Change implements tenants.Store.
func (s *Store) Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w tenants.Writer) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, ok := s.content[tenant]
	if !ok {
		return tenants.NotFound("tenant")
	}
	tx := &transaction{store: s, tenant: tenant, content: before.clone()}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	s.content[tenant] = tx.content
	if tx.updated != nil {
		s.tenants[tenant] = *tx.updated
	}
	return nil
}

// InsertTenant implements tenants.Platform.
func (s *Store) InsertTenant(_ context.Context, tenant tenants.Tenant, event audit.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tenants {
		if t.Name == tenant.Name {
			return tenants.NameTaken("tenant", tenant.Name)
		}
	}
	c := newContent()
	c.events = append(c.events, event)
	s.tenants[tenant.ID], s.content[tenant.ID] = tenant, c
	return nil
}

// TenantByName implements tenants.Platform.
func (s *Store) TenantByName(_ context.Context, name tenants.Name) (tenants.Tenant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return find(s.present(), "tenant", func(t tenants.Tenant) bool { return t.Name == name })
}

// Tenants implements tenants.Platform.
func (s *Store) Tenants(_ context.Context, page paging.Request) (paging.Page[tenants.Tenant], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cut(s.present(), page, func(tenants.Tenant) bool { return true }, func(t tenants.Tenant) string { return t.Name }), nil
}

// present returns the tenants with their derived provisioning.
func (s *Store) present() map[tenants.TenantID]tenants.Tenant {
	all := make(map[tenants.TenantID]tenants.Tenant, len(s.tenants))
	for id, t := range s.tenants {
		all[id] = withProvisioning(t, s.content[id])
	}
	return all
}

var byUrgency = []tenants.ProvisioningState{
	tenants.ProvisioningFailed, tenants.ProvisioningRunning, tenants.ProvisioningRequested, tenants.ProvisioningReady,
}

func withProvisioning(t tenants.Tenant, c content) tenants.Tenant {
	solutions := slices.SortedFunc(maps.Values(c.solutions), func(a, b tenants.Solution) int {
		return cmp.Or(
			cmp.Compare(slices.Index(byUrgency, a.Provisioning.State), slices.Index(byUrgency, b.Provisioning.State)),
			b.Provisioning.UpdatedAt.Compare(a.Provisioning.UpdatedAt),
		)
	})
	t.Provisioning = tenants.Provisioning{State: tenants.ProvisioningReady, UpdatedAt: t.CreatedAt}
	if len(solutions) > 0 {
		t.Provisioning = solutions[0].Provisioning
	}
	return t
}

// FindAPIKey implements tenants.Platform.
func (s *Store) FindAPIKey(_ context.Context, id string) (tenants.APIKey, tenants.Account, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.content {
		if key, ok := c.keys[id]; ok {
			return key, c.accounts[key.Account], true, nil
		}
	}
	return tenants.APIKey{}, tenants.Account{}, false, nil
}

// RequestedProvisionings implements tenants.Platform.
func (s *Store) RequestedProvisionings(_ context.Context, silentSince time.Time, limit int) ([]tenants.ProvisioningRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var waiting []tenants.Solution
	for _, c := range s.content {
		for _, solution := range c.solutions {
			p := solution.Provisioning
			if p.State == tenants.ProvisioningRequested || p.State == tenants.ProvisioningRunning && p.UpdatedAt.Before(silentSince) {
				waiting = append(waiting, solution)
			}
		}
	}
	slices.SortFunc(waiting, func(a, b tenants.Solution) int { return a.Provisioning.UpdatedAt.Compare(b.Provisioning.UpdatedAt) })
	requests := []tenants.ProvisioningRequest{}
	for _, solution := range waiting[:min(limit, len(waiting))] {
		requests = append(requests, tenants.ProvisioningRequest{
			Tenant: solution.Tenant, TenantName: s.tenants[solution.Tenant].Name,
			Solution: solution.ID, SolutionName: solution.Name, Request: solution.Provisioning.Request,
		})
	}
	return requests, nil
}

// RequestAllProvisionings implements tenants.Platform.
func (s *Store) RequestAllProvisionings(_ context.Context, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.content {
		for id, solution := range c.solutions {
			p := solution.Provisioning
			solution.Provisioning = tenants.Provisioning{
				State: tenants.ProvisioningRequested, Request: p.Request + 1, WorkflowID: p.WorkflowID, UpdatedAt: at,
			}
			c.solutions[id] = solution
		}
	}
	return nil
}

// RecordProgress implements tenants.Platform.
func (s *Store) RecordProgress(_ context.Context, tenant tenants.TenantID, id tenants.SolutionID, p tenants.Progress, at time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	solution, ok := s.content[tenant].solutions[id]
	if !ok || solution.Provisioning.Request != p.Request {
		return false, nil
	}
	solution.Provisioning = tenants.Provisioning{
		State: p.State, Request: p.Request, Step: p.Step, Reason: p.Reason, WorkflowID: p.WorkflowID, UpdatedAt: at,
	}
	s.content[tenant].solutions[id] = solution
	return true, nil
}

// SaveReport implements tenants.Platform.
func (s *Store) SaveReport(_ context.Context, report tenants.NodeReport, at time.Time) (remove []tenants.ServerID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes[report.Node] = tenants.Node{Name: report.Node, Version: report.Version, StartedAt: report.StartedAt, ReportedAt: at}
	for _, r := range report.Servers {
		server, exists := s.server(r.ID)
		switch {
		case !exists || server.Node != report.Node && server.Status.State != tenants.ServerPending:
			remove = append(remove, r.ID)
		case server.Node == report.Node:
			server.Status = r.Status
			server.Status.ReportedAt = at
			s.content[server.Tenant].servers[r.ID] = server
		}
	}
	slices.Sort(remove)
	return remove, nil
}

func (s *Store) server(id tenants.ServerID) (server tenants.Server, exists bool) {
	for _, c := range s.content {
		if server, exists = c.servers[id]; exists {
			return server, true
		}
	}
	return tenants.Server{}, false
}

// Nodes implements tenants.Platform.
func (s *Store) Nodes(context.Context) ([]tenants.Node, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.nodes), func(a, b tenants.Node) int { return cmp.Compare(a.Name, b.Name) }), nil
}

// ServerOfNode implements tenants.Platform.
func (s *Store) ServerOfNode(_ context.Context, node tenants.Name, id tenants.ServerID) (tenants.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.content {
		if server, ok := c.servers[id]; ok && server.Node == node {
			return server, nil
		}
	}
	return tenants.Server{}, tenants.NotFound("server")
}

// find returns the one value that matches.
func find[K comparable, T any](values map[K]T, what string, matches func(T) bool) (T, error) {
	for _, v := range values {
		if matches(v) {
			return v, nil
		}
	}
	var none T
	return none, tenants.NotFound(what)
}

// cut returns a page of the values that match, sorted by their key.
func cut[K comparable, T any](values map[K]T, page paging.Request, matches func(T) bool, key func(T) string) paging.Page[T] {
	items := []T{}
	for _, v := range values {
		if matches(v) && key(v) > page.After {
			items = append(items, v)
		}
	}
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return paging.Cut(page, items[:min(len(items), page.Size()+1)], key)
}

// insert adds a value unless the name is taken.
func insert[K comparable, T any](values map[K]T, key K, value T, taken func(T) bool, what string, name tenants.Name) error {
	if _, err := find(values, what, taken); !fault.Is(err, fault.NotFound) {
		return tenants.NameTaken(what, name)
	}
	values[key] = value
	return nil
}
