package deployments

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// Store keeps deployments, packages and active versions.
type Store interface {
	// View runs fn over what one tenant has.
	View(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, r Reader) error) error
	// Change runs fn in one transaction, after every other change in the tenant
	// and before the next. It may run fn several times.
	Change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w Writer) error) error
	// Progress runs fn over one deployment, which nobody else changes meanwhile, in
	// a transaction that other changes of the tenant do not wait for. It may run fn
	// several times. Without such a deployment it is NotFound.
	Progress(ctx context.Context, tenant tenants.TenantID, id ID, fn func(ctx context.Context, w Writer, d Deployment) error) error
	// Requested returns those that wait, and those not ended of which nothing was
	// heard since silentSince, with none open before them; oldest first.
	Requested(ctx context.Context, silentSince time.Time, limit int) ([]Request, error)
	// DropPackages drops the content of at most limit packages of all tenants that no
	// deployment was built of since unusedSince, but of those that are active, that a
	// deployment needs that has not ended, and of the last deployments of each channel
	// to each group: kept of any, and kept of those that were active.
	DropPackages(ctx context.Context, kept int, unusedSince time.Time, limit int) (dropped int64, err error)
}

// Filter narrows a list of deployments. Zero fields do not narrow.
type Filter struct {
	Group tenants.Name // of the channel's solution
	State State
}

// Active is what a group serves of a channel.
type Active struct {
	Deployment Deployment // without manifest and servers
	Since      time.Time
}

// Content is a package as it is stored.
type Content struct {
	Hash       string
	Channel    tenants.Name
	GlobalHash string // of the part that all channels share
	Bytes      []byte // canonical
	CreatedAt  time.Time
}

// Reader reads one tenant's deployments.
type Reader interface {
	// Deployment answers with NotFound where there is none, as DeploymentByID.
	Deployment(ctx context.Context, channel tenants.Name, number int64) (Deployment, error)
	DeploymentByID(ctx context.Context, id ID) (Deployment, error)
	// Deployments are sorted by number, the newest first; a page's key is a number.
	Deployments(ctx context.Context, channel tenants.Name, filter Filter, page paging.Request) (paging.Page[Deployment], error)
	// Open are the numbers of those not ended of a channel to a group, ascending; to
	// any group where it is empty.
	Open(ctx context.Context, channel tenants.Name, group tenants.ServerGroupID) ([]int64, error)
	// FindActive returns what a group serves of a channel, if anything was ever.
	FindActive(ctx context.Context, channel tenants.Name, group tenants.ServerGroupID) (active Active, found bool, err error)
	// Actives are those of a channel, or of all channels where it is empty, sorted by
	// channel, solution and group; at most MaxActives.
	Actives(ctx context.Context, channel tenants.Name) ([]Active, error)
	// Package answers with NotFound where there is none, and "package-dropped" where
	// its content is not kept any more.
	Package(ctx context.Context, hash string) (Content, error)
	// GlobalHash is that of a package without reading the package.
	GlobalHash(ctx context.Context, hash string) (string, error)
}

// MaxActives bounds what a tenant has active: channels times groups.
const MaxActives = 10_000

// Writer changes one tenant's deployments.
type Writer interface {
	Reader
	// LastNumber is the highest number of a channel, 0 without any.
	LastNumber(ctx context.Context, channel tenants.Name) (int64, error)
	Insert(ctx context.Context, d Deployment) error
	// Advance sets state, reason and times, if the deployment is still in the state
	// from; otherwise it changes nothing and moved is false.
	Advance(ctx context.Context, d Deployment, from State) (moved bool, err error)
	// Fix keeps what Build came to: Hash, From, FromHash and Manifest.
	Fix(ctx context.Context, d Deployment) error
	// SavePackage keeps a package, once for each content, and that it was used.
	SavePackage(ctx context.Context, content Content) error
	// SaveServers keeps the progress of servers, over what it was.
	SaveServers(ctx context.Context, id ID, servers []ServerProgress) error
	// SaveActive keeps that the deployment is active in its group, unless a later one
	// is.
	SaveActive(ctx context.Context, d Deployment) error
	// Record keeps the audit event of a change.
	Record(ctx context.Context, event audit.Event) error
}

// PackageDropped is the answer where the content of a package is not kept any more.
func PackageDropped() error {
	return fault.New(fault.NotFound, "package-dropped",
		"the package is not kept any more: those of the last deployments of each channel to each server group are")
}

// NotFound is the answer where a deployment or a package is missing.
func NotFound(what string) error {
	return fault.New(fault.NotFound, "not-found", "there is no such %s", what)
}
