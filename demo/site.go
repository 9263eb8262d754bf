package demo

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/sleep"
)

// site is one solution as its users see it: the address of its server and the
// credentials of those who work there.
type site struct {
	solution string
	group    client.ServerGroup
	server   client.Server
	// gateway hands in interactions with an API key, which needs no renewal.
	gateway *client.InteractionServer
	// supervisor reads figures and logs.
	supervisor *client.InteractionServer
	agents     []worker
	work       []Work
}

// worker is a person at a desk.
type worker struct {
	name   string
	media  []string
	client *client.InteractionServer
}

// The accounts of the example tenant that the demo plays, beside its agents.
const (
	gatewayAccount    = "media-gateway"
	supervisorAccount = "supervisor"
)

func (r *run) openSites(ctx context.Context) error {
	solutions, err := r.admin.Solutions(ctx, r.tenant)
	if err != nil {
		return fmt.Errorf("list solutions: %w", err)
	}
	accounts, err := r.admin.Accounts(ctx, r.tenant)
	if err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	for _, solution := range solutions {
		s := &site{solution: solution.Name}
		if err := r.findServer(ctx, s); err != nil {
			return err
		}
		if err := r.logIn(ctx, s, accounts); err != nil {
			return fmt.Errorf("log in at %s: %w", s.solution, err)
		}
		if err := s.awaitKey(ctx); err != nil {
			return fmt.Errorf("use a new API key at %s: %w", s.solution, err)
		}
		r.sites = append(r.sites, s)
	}
	return nil
}

// keyLimit bounds how long a server may take to know a new API key; it asks for
// its configuration once a second.
const keyLimit = 10 * time.Second

// awaitKey waits until the server knows the gateway's new key.
func (s *site) awaitKey(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, keyLimit)
	defer cancel()
	for {
		_, err := s.gateway.Status(ctx)
		if err == nil || !client.IsStatus(err, http.StatusUnauthorized) || ctx.Err() != nil {
			return err
		}
		sleep.For(ctx, lookEvery)
	}
}

// findServer looks up the production group and its first server.
func (r *run) findServer(ctx context.Context, s *site) error {
	groups, err := r.admin.ServerGroups(ctx, r.tenant, s.solution)
	if err != nil {
		return fmt.Errorf("list server groups of %s: %w", s.solution, err)
	}
	for _, group := range groups {
		if group.Kind == "production" {
			s.group = group
		}
	}
	servers, err := r.admin.Servers(ctx, r.tenant, s.solution, s.group.Name)
	if err != nil {
		return fmt.Errorf("list servers of %s: %w", s.solution, err)
	}
	if len(servers) == 0 || servers[0].Status.Address == "" {
		return fmt.Errorf("solution %s has no running server", s.solution)
	}
	s.server = servers[0]
	return nil
}

// logIn gives everybody who works at the site a credential for its server.
func (r *run) logIn(ctx context.Context, s *site, accounts []client.Account) error {
	base := client.New(s.server.Status.Address, client.Options{})
	for _, account := range accounts {
		switch {
		case account.Name == gatewayAccount:
			key, err := r.admin.CreateAPIKey(ctx, r.tenant, account.Name)
			if err != nil {
				return err
			}
			s.gateway = client.NewInteractionServer(base.With(key.Key))
		case account.Name == supervisorAccount || worksAt(account, s.solution):
			token, err := r.token(ctx, account.Name, "server-group/"+s.group.ID)
			if err != nil {
				return err
			}
			s.seat(account, client.NewInteractionServer(base.With(token)))
		}
	}
	if s.gateway == nil || s.supervisor == nil {
		return fmt.Errorf("the tenant needs accounts %s and %s", gatewayAccount, supervisorAccount)
	}
	return nil
}

func (s *site) seat(account client.Account, c *client.InteractionServer) {
	if account.Name == supervisorAccount {
		s.supervisor = c
		return
	}
	w := worker{name: account.Name, client: c}
	for medium := range account.Agent.Capacity {
		w.media = append(w.media, medium)
	}
	s.agents = append(s.agents, w)
}

func worksAt(account client.Account, solution string) bool {
	if account.Agent == nil {
		return false
	}
	for _, binding := range account.Roles {
		if binding.Role == "agent" && binding.Solution == solution {
			return true
		}
	}
	return false
}

// token exchanges a fresh API key of the account for a token.
func (r *run) token(ctx context.Context, account, audience string) (string, error) {
	key, err := r.admin.CreateAPIKey(ctx, r.tenant, account)
	if err != nil {
		return "", err
	}
	token, err := r.admin.CreateToken(ctx, client.NewToken{APIKey: key.Key, Audience: audience})
	if err != nil {
		return "", err
	}
	return token.Token, nil
}

// assignWork gives each site its work.
func (r *run) assignWork() error {
	bySolution := make(map[string]*site, len(r.sites))
	for _, s := range r.sites {
		bySolution[s.solution] = s
	}
	for _, item := range r.Work {
		s, ok := bySolution[item.Solution]
		if !ok {
			return fmt.Errorf("interaction %s is for solution %q, which the tenant does not have", item.ExternalID, item.Solution)
		}
		s.work = append(s.work, item)
	}
	return nil
}
