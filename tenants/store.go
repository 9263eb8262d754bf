package tenants

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
)

// Store keeps the resources of all tenants. Sub-package tenantspg has the real
// one, tenantstest one in memory; both pass tenantstest.Conformance.
type Store interface {
	// View runs fn over what one tenant has.
	View(ctx context.Context, tenant TenantID, fn func(ctx context.Context, r Reader) error) error
	// Change runs fn in one transaction: all of it is kept when fn returns nil,
	// nothing otherwise. The changes of a tenant are made one after another, so
	// what fn reads stays true until it ends. It may run fn several times.
	Change(ctx context.Context, tenant TenantID, fn func(ctx context.Context, w Writer) error) error
	Platform
}

// Reader reads one tenant's resources. Methods that return one resource answer
// with NotFound when it is missing.
type Reader interface {
	ResourceReader
	AccountReader
	// FindSecret returns what SaveSecret kept.
	FindSecret(ctx context.Context, kind SecretKind, owner string) (sealed []byte, found bool, err error)
}

// Writer changes one tenant's resources.
type Writer interface {
	Reader
	ResourceWriter
	AccountWriter
	SaveSecret(ctx context.Context, kind SecretKind, owner string, sealed []byte) error
	// DeleteSecret removes what SaveSecret kept, if anything.
	DeleteSecret(ctx context.Context, kind SecretKind, owner string) error
	// Record keeps the audit event of the change.
	Record(ctx context.Context, event audit.Event) error
}

// ResourceReader reads the tenant, its solutions, groups and servers. Lists are
// sorted by name.
type ResourceReader interface {
	Tenant(ctx context.Context) (Tenant, error)
	Solution(ctx context.Context, name Name) (Solution, error)
	SolutionByID(ctx context.Context, id SolutionID) (Solution, error)
	Solutions(ctx context.Context, page paging.Request) (paging.Page[Solution], error)
	ServerGroup(ctx context.Context, solution SolutionID, name Name) (ServerGroup, error)
	ServerGroupByID(ctx context.Context, id ServerGroupID) (ServerGroup, error)
	ServerGroups(ctx context.Context, solution SolutionID, page paging.Request) (paging.Page[ServerGroup], error)
	Server(ctx context.Context, group ServerGroupID, name Name) (Server, error)
	ServerByID(ctx context.Context, id ServerID) (Server, error)
	Servers(ctx context.Context, group ServerGroupID, page paging.Request) (paging.Page[Server], error)
}

// ResourceWriter changes what ResourceReader reads. Insert answers with NameTaken
// where the name is in use; Update replaces what can change.
type ResourceWriter interface {
	UpdateTenant(ctx context.Context, tenant Tenant) error
	InsertSolution(ctx context.Context, solution Solution) error
	// UpdateSolution leaves the provisioning as it is.
	UpdateSolution(ctx context.Context, solution Solution) error
	// RequestProvisioning raises the solution's request number and sets the state
	// requested.
	RequestProvisioning(ctx context.Context, solution SolutionID, at time.Time) error
	InsertServerGroup(ctx context.Context, group ServerGroup) error
	InsertServer(ctx context.Context, server Server) error
	// UpdateServer leaves the status as it is, but for a server that goes to another
	// node: it is pending, at its old address, until that node reports of it.
	UpdateServer(ctx context.Context, server Server) error
	// DeleteServer removes the server and its status.
	DeleteServer(ctx context.Context, server ServerID) error
}

// AccountReader reads accounts and their credentials.
type AccountReader interface {
	Account(ctx context.Context, name Name) (Account, error)
	AccountByID(ctx context.Context, id AccountID) (Account, error)
	Accounts(ctx context.Context, page paging.Request) (paging.Page[Account], error)
	FindPasswordHash(ctx context.Context, account AccountID) (hash string, found bool, err error)
	// APIKeys returns the keys that are not revoked, oldest first.
	APIKeys(ctx context.Context, account AccountID) ([]APIKey, error)
}

// AccountWriter changes accounts and their credentials.
type AccountWriter interface {
	InsertAccount(ctx context.Context, account Account) error
	UpdateAccount(ctx context.Context, account Account) error
	SavePasswordHash(ctx context.Context, account AccountID, hash string, at time.Time) error
	InsertAPIKey(ctx context.Context, key APIKey) error
	// DeleteAPIKey reports whether there was such a key.
	DeleteAPIKey(ctx context.Context, account AccountID, id string) (found bool, err error)
}

// Platform is what concerns no tenant, or is not known to concern one yet.
type Platform interface {
	// InsertTenant keeps a new tenant and the event of its creation.
	InsertTenant(ctx context.Context, tenant Tenant, event audit.Event) error
	TenantByName(ctx context.Context, name Name) (Tenant, error)
	Tenants(ctx context.Context, page paging.Request) (paging.Page[Tenant], error)
	// FindAPIKey returns a key of any tenant, with its account.
	FindAPIKey(ctx context.Context, id string) (key APIKey, account Account, found bool, err error)

	// RequestedProvisionings returns the solutions that are requested, and those
	// that are running without a report since silentSince; oldest first.
	RequestedProvisionings(ctx context.Context, silentSince time.Time, limit int) ([]ProvisioningRequest, error)
	// RequestAllProvisionings requests those of all solutions of all tenants.
	RequestAllProvisionings(ctx context.Context, at time.Time) error
	// RecordProgress keeps a report unless provisioning was requested again.
	RecordProgress(ctx context.Context, tenant TenantID, solution SolutionID, progress Progress, at time.Time) (current bool, err error)

	// SaveReport keeps a node's report, and the status of those of the reported
	// servers that are assigned to the node. It returns those that the node is to
	// remove: they do not exist, or another node has reported of them since they are
	// assigned to it.
	SaveReport(ctx context.Context, report NodeReport, at time.Time) (remove []ServerID, err error)
	Nodes(ctx context.Context) ([]Node, error)
	// ServerOfNode returns a server of any tenant that is assigned to the node.
	ServerOfNode(ctx context.Context, node Name, server ServerID) (Server, error)
}

// NotFound is the answer where something is missing or belongs to another
// tenant: "solution".
func NotFound(what string) error {
	return fault.New(fault.NotFound, "not-found", "there is no such %s", what)
}

// NameTaken is the answer where a name is in use within its parent.
func NameTaken(what string, name Name) error {
	return fault.New(fault.Conflict, "name-taken", "there is a %s of this name already", what).
		At("name", 0, "%q is taken", name)
}

// checkVersion compares the version that a caller expects with the present one.
func checkVersion(expected, present int64) error {
	if expected == AnyVersion || expected == present {
		return nil
	}
	return fault.New(fault.PreconditionFailed, "version-changed", "the resource was changed meanwhile: it is at version %d", present)
}

// now is the time to be stored: with the resolution that PostgreSQL keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
