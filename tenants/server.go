package tenants

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
)

// ServerSettings are what can change of a server.
type ServerSettings struct {
	Account Name // of kind server
	Node    Name
}

// NewServer is the input of CreateServer.
type NewServer struct {
	Name Name
	ServerSettings
}

func (n ServerSettings) check(p *problems) {
	p.addIf("account", nameProblem(n.Account, maxAccountName))
	p.addIf("node", nameProblem(n.Node, maxAccountName))
}

// CreateServer adds a server to a group and asks for its provisioning.
func (s *Service) CreateServer(ctx context.Context, by audit.Actor, tenant TenantID, solution, group Name, input NewServer) (Server, error) {
	var p problems
	p.addIf("name", nameProblem(input.Name, maxName))
	input.check(&p)
	if err := p.err(); err != nil {
		return Server{}, err
	}
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (Server, error) {
		owner, err := groupOf(ctx, w, solution, group)
		if err != nil {
			return Server{}, err
		}
		account, err := runnerAccount(ctx, w, input.Account)
		if err != nil {
			return Server{}, err
		}
		at := now()
		server := Server{
			ID: NewID[ServerID](), Tenant: tenant, Solution: owner.Solution, Group: owner.ID, Name: input.Name,
			Account: account.ID, AccountName: account.Name, Node: input.Node,
			Status: ServerStatus{State: ServerPending}, Version: 1, CreatedAt: at, UpdatedAt: at,
		}
		if err := w.InsertServer(ctx, server); err != nil {
			return Server{}, err
		}
		if err := w.RequestProvisioning(ctx, owner.Solution, at); err != nil {
			return Server{}, err
		}
		return server, w.Record(ctx, serverEvent(by, "server.create", solution, group, server))
	})
}

// Server returns one server.
func (s *Service) Server(ctx context.Context, tenant TenantID, solution, group, server Name) (Server, error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (Server, error) {
		return serverOf(ctx, r, solution, group, server)
	})
}

// ServerByID returns the server of an id.
func (s *Service) ServerByID(ctx context.Context, tenant TenantID, id ServerID) (Server, error) {
	if _, err := ParseID[ServerID](string(id)); err != nil {
		return Server{}, NotFound("server")
	}
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (Server, error) { return r.ServerByID(ctx, id) })
}

// Servers lists the servers of a group.
func (s *Service) Servers(ctx context.Context, tenant TenantID, solution, group Name, page paging.Request) (paging.Page[Server], error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) (paging.Page[Server], error) {
		owner, err := groupOf(ctx, r, solution, group)
		if err != nil {
			return paging.Page[Server]{}, err
		}
		return r.Servers(ctx, owner.ID, page)
	})
}

// UpdateServer replaces a server's settings and asks for its provisioning. With
// another account the server gets another key, and its old one is revoked.
//
// A server is moved by naming another node, which must have reported to the
// control plane before if the server was ever started: a name that was mistyped
// must not cost a running server. (A server that is new may name a node that is
// yet to come, as on a platform that is set up in any order; until then its
// provisioning says that nobody took the work.) The server runs on at its old node
// until the new one has started it; the process there waits for the old one to end
// and to give up the lock on the server's id, so that the two never serve at once.
func (s *Service) UpdateServer(ctx context.Context, by audit.Actor, tenant TenantID, solution, group, name Name, version int64, settings ServerSettings) (Server, error) {
	var p problems
	settings.check(&p)
	if err := p.err(); err != nil {
		return Server{}, err
	}
	nodes, err := s.store.Nodes(ctx) // a node that is known stays so
	if err != nil {
		return Server{}, err
	}
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (Server, error) {
		server, err := serverOf(ctx, w, solution, group, name)
		if err != nil {
			return Server{}, err
		}
		if err := checkVersion(version, server.Version); err != nil {
			return Server{}, err
		}
		account, err := runnerAccount(ctx, w, settings.Account)
		if err != nil {
			return Server{}, err
		}
		if err := checkMove(server, settings.Node, nodes); err != nil {
			return Server{}, err
		}
		if account.ID != server.Account {
			if err := s.revokeServerKey(ctx, w, by, server); err != nil {
				return Server{}, err
			}
		}
		server = server.with(account, settings.Node)
		server.Version, server.UpdatedAt = server.Version+1, now()
		if err := w.UpdateServer(ctx, server); err != nil {
			return Server{}, err
		}
		if err := w.RequestProvisioning(ctx, server.Solution, server.UpdatedAt); err != nil {
			return Server{}, err
		}
		return server, w.Record(ctx, serverEvent(by, "server.update", solution, group, server))
	})
}

// DeleteServer removes a server from its group and revokes its key. Its node stops
// it, now or when it is back; the group's other servers, its database and its
// configuration stay as they are.
func (s *Service) DeleteServer(ctx context.Context, by audit.Actor, tenant TenantID, solution, group, name Name, version int64) error {
	return s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		server, err := serverOf(ctx, w, solution, group, name)
		if err != nil {
			return err
		}
		if err := checkVersion(version, server.Version); err != nil {
			return err
		}
		if err := s.revokeServerKey(ctx, w, by, server); err != nil {
			return err
		}
		if err := w.DeleteServer(ctx, server.ID); err != nil {
			return err
		}
		// A provisioning that failed, or is under way, because of this server.
		if err := w.RequestProvisioning(ctx, server.Solution, now()); err != nil {
			return err
		}
		return w.Record(ctx, serverEvent(by, "server.delete", solution, group, server))
	})
}

// with returns the server under another account or on another node. Nothing is
// known of it there until the node reports.
func (s Server) with(account Account, node Name) Server {
	s.Account, s.AccountName = account.ID, account.Name
	if s.Node != node {
		s.Node = node
		s.Status = s.Status.moved()
	}
	return s
}

// moved is the status of a server that is to go to another node.
func (s ServerStatus) moved() ServerStatus {
	return ServerStatus{State: ServerPending, Address: s.Address, Metrics: s.Metrics, ReportedAt: s.ReportedAt}
}

// maxNamed bounds the nodes that a message names.
const maxNamed = 20

// checkMove refuses to take a server from its node for one that never was.
func checkMove(server Server, to Name, nodes []Node) error {
	known := func(node Node) bool { return node.Name == to }
	if to == server.Node || server.Status.ReportedAt.IsZero() || slices.ContainsFunc(nodes, known) {
		return nil
	}
	names := make([]string, 0, len(nodes))
	for _, node := range nodes {
		names = append(names, node.Name)
	}
	if len(names) > maxNamed {
		names = append(names[:maxNamed], fmt.Sprintf("%d more", len(names)-maxNamed))
	}
	return fault.New(fault.Invalid, "invalid-input", "the input is not valid").
		At("node", 0, "no node %q has ever reported to the control plane; there are: %s", to, strings.Join(names, ", "))
}

// runnerAccount returns the account that a server is to run as.
func runnerAccount(ctx context.Context, r Reader, name Name) (Account, error) {
	account, err := r.Account(ctx, name)
	wrong := fault.New(fault.Invalid, "invalid-input", "the input is not valid")
	switch {
	case fault.Is(err, fault.NotFound):
		return Account{}, wrong.At("account", 0, "there is no account %q", name)
	case err != nil:
		return Account{}, err
	case account.Kind != Runner:
		return Account{}, wrong.At("account", 0, "the account is of kind %s; a server runs as one of kind server", account.Kind)
	default:
		return account, nil
	}
}

func serverOf(ctx context.Context, r Reader, solution, group, server Name) (Server, error) {
	owner, err := groupOf(ctx, r, solution, group)
	if err != nil {
		return Server{}, err
	}
	return r.Server(ctx, owner.ID, server)
}

func serverEvent(by audit.Actor, action string, solution, group Name, server Server) audit.Event {
	return audit.NewEvent(by, string(server.Tenant), action, groupPath(solution, group)+"/servers/"+server.Name,
		map[string]any{"account": server.AccountName, "node": server.Node})
}
