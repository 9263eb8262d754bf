package controlplane

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// Bounds of the connections to the databases of server groups: a deployment needs
// one at a time, and the group's servers share its limit with the control plane.
const (
	maxGroupDatabases   = 64
	groupConnections    = 2
	groupStatementLimit = 10 * time.Second
)

// groupDatabases lends the databases of server groups, which it opens when they
// are needed, as the role of their servers. It implements deployment.Groups and
// deployments.Reports.
type groupDatabases struct {
	server    string // URL of the PostgreSQL server
	directory *tenants.Service

	mu     sync.Mutex
	closed bool
	pools  map[tenants.ServerGroupID]*groupPool
}

// groupPool is the pool of one group's database.
type groupPool struct {
	db     *sqlx.DB
	users  int
	usedAt time.Time
}

func newGroupDatabases(server string, directory *tenants.Service) *groupDatabases {
	return &groupDatabases{server: server, directory: directory, pools: make(map[tenants.ServerGroupID]*groupPool)}
}

// Use implements deployment.Groups.
func (g *groupDatabases) Use(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, do func(versions.Group) error) error {
	pool, err := g.borrow(ctx, tenant, group)
	if err != nil {
		return err
	}
	defer g.giveBack(pool)
	return do(versionspg.New(pool.db))
}

// Served implements deployments.Reports.
func (g *groupDatabases) Served(ctx context.Context, tenant tenants.TenantID, group deployments.Group, channel tenants.Name) ([]deployments.ServerProgress, error) {
	var served []deployments.ServerProgress
	err := g.Use(ctx, tenant, group.ID, func(v versions.Group) error {
		live, err := v.LiveServers(ctx)
		if err != nil {
			return err
		}
		for _, s := range live {
			served = append(served, deployments.ServerProgress{Server: s.ID, Name: s.Name, State: deployments.ServerServing})
		}
		reports, err := v.Reports(ctx)
		for _, r := range reports {
			if r.Channel == channel {
				served = tell(served, r)
			}
		}
		return err
	})
	slices.SortFunc(served, func(a, b deployments.ServerProgress) int { return strings.Compare(a.Name, b.Name) })
	return served, err
}

// tell adds what a server reports to what is known.
func tell(served []deployments.ServerProgress, r versions.ServerReport) []deployments.ServerProgress {
	at := slices.IndexFunc(served, func(s deployments.ServerProgress) bool { return s.Server == r.ID })
	if at < 0 {
		at = len(served)
		served = append(served, deployments.ServerProgress{Server: r.ID, Name: r.Name, State: deployments.ServerAway})
	}
	s := &served[at]
	s.Number, s.Hash, s.Since, s.Reason = r.Number, r.Hash, r.Since, r.Problem
	return served
}

func (g *groupDatabases) borrow(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID) (*groupPool, error) {
	if pool, err := g.find(group); pool != nil || err != nil {
		return pool, err
	}
	db, err := g.open(ctx, tenant, group)
	if err != nil {
		return nil, err
	}
	pool, err := g.keep(group, db)
	if err != nil {
		_ = db.Close()
	}
	return pool, err
}

// find returns the group's pool, in use, or nil when there is none.
func (g *groupDatabases) find(group tenants.ServerGroupID) (*groupPool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, fault.New(fault.Unavailable, "stopping", "the control plane is stopping")
	}
	pool := g.pools[group]
	if pool != nil {
		pool.users++
	}
	return pool, nil
}

func (g *groupDatabases) open(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID) (*sqlx.DB, error) {
	credentials, err := g.directory.GroupCredentials(ctx, tenant, group)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(g.server)
	if err != nil {
		return nil, fmt.Errorf("URL of the groups' database server: malformed") // err would show the password
	}
	u.User, u.Path = url.UserPassword(credentials.Role, credentials.Password), "/"+credentials.Database
	return postgres.Open(ctx, u.String(), postgres.Options{
		MaxOpen: groupConnections, Name: "switchyard control-plane", StatementTimeout: groupStatementLimit,
	})
}

// keep adds a pool, in use. One that somebody else has added meanwhile wins; the
// longest unused one makes room.
func (g *groupDatabases) keep(group tenants.ServerGroupID, db *sqlx.DB) (*groupPool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, fault.New(fault.Unavailable, "stopping", "the control plane is stopping")
	}
	if pool := g.pools[group]; pool != nil {
		pool.users++
		return pool, db.Close()
	}
	if len(g.pools) >= maxGroupDatabases && !g.evict() {
		return nil, fault.New(fault.Unavailable, "too-many-groups", "%d databases of server groups are in use, as many as may be at once", maxGroupDatabases)
	}
	pool := &groupPool{db: db, users: 1}
	g.pools[group] = pool
	return pool, nil
}

// evict closes the pool that was not used for the longest time; false when all are
// in use.
func (g *groupDatabases) evict() bool {
	var oldest tenants.ServerGroupID
	for id, pool := range g.pools {
		if pool.users == 0 && (oldest == "" || pool.usedAt.Before(g.pools[oldest].usedAt)) {
			oldest = id
		}
	}
	if oldest == "" {
		return false
	}
	_ = g.pools[oldest].db.Close()
	delete(g.pools, oldest)
	return true
}

func (g *groupDatabases) giveBack(pool *groupPool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	pool.users--
	pool.usedAt = time.Now()
	if g.closed && pool.users == 0 {
		_ = pool.db.Close()
	}
}

// close closes what is not in use now, and the rest when it is given back.
func (g *groupDatabases) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, pool := range g.pools {
		if pool.users == 0 {
			_ = pool.db.Close()
		}
	}
}
