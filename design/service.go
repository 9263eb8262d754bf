package design

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Groups knows the server groups of solutions; tenants.Service does.
type Groups interface {
	// ServerGroups answers with NotFound where there is no such solution.
	ServerGroups(ctx context.Context, tenant tenants.TenantID, solution tenants.Name, page paging.Request) (paging.Page[tenants.ServerGroup], error)
}

// Deployed knows what server groups serve; deployments.Service does.
type Deployed interface {
	// ServedBy names the groups, "cards/production", whose active version has the
	// flowchart or strategy, or that serve the channel.
	ServedBy(ctx context.Context, tenant tenants.TenantID, of definition.Reference) ([]string, error)
}

// Service keeps design objects. Its methods may be called by several goroutines
// at once.
type Service struct {
	store    Store
	groups   Groups
	deployed Deployed
	scopes   scopes
}

// NewService returns a service over a store.
func NewService(store Store, groups Groups) *Service {
	return &Service{store: store, groups: groups}
}

// Protect keeps what is deployed from being deleted. It is called before the service
// is used: who knows what is deployed is made of this service.
func (s *Service) Protect(deployed Deployed) { s.deployed = deployed }

// Get returns an object.
func (s *Service) Get(ctx context.Context, tenant tenants.TenantID, of definition.Reference) (o Object, err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		o, err = r.Object(ctx, of)
		return err
	})
	return o, err
}

// List lists the objects of a kind, of a channel where they lie in one, by name.
// A page ends early where its specs grow large.
func (s *Service) List(ctx context.Context, tenant tenants.TenantID, kind definition.Kind, channel tenants.Name, page paging.Request) (result paging.Page[Object], err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		if kind.InChannel() {
			if _, err := r.Object(ctx, channelReference(channel)); err != nil {
				return err
			}
		}
		result, err = r.Objects(ctx, kind, channel, page)
		return err
	})
	return result, err
}

// Changes lists the changes of an object, newest first, without specs. A page's
// key is a number. Those of a deleted object are kept.
func (s *Service) Changes(ctx context.Context, tenant tenants.TenantID, of definition.Reference, page paging.Request) (result paging.Page[Change], err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		last, err := r.LastChanges(ctx, of)
		if err != nil {
			return err
		}
		if last[of] == 0 {
			return NotFound()
		}
		result, err = r.Changes(ctx, of, page)
		return err
	})
	return result, err
}

// Change returns one change with the spec as it was after it.
func (s *Service) Change(ctx context.Context, tenant tenants.TenantID, of definition.Reference, number int64) (c Change, err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		c, err = r.ChangeAt(ctx, of, number)
		return err
	})
	return c, err
}

// SolutionOf returns the solution of a channel, which never changes: a channel of
// the name of a deleted one is of the same solution.
func (s *Service) SolutionOf(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) (tenants.Name, error) {
	o, err := s.Get(ctx, tenant, channelReference(channel))
	if err != nil {
		return "", err
	}
	spec, err := Decode[definition.Channel](o)
	return spec.Solution, err
}

func channelReference(channel tenants.Name) definition.Reference {
	return definition.Reference{Kind: definition.KindChannel, Name: channel}
}

func checkVersion(expected, present int64) error {
	if expected == tenants.AnyVersion || expected == tenants.ExistingVersion || expected == present {
		return nil
	}
	return fault.New(fault.PreconditionFailed, "version-changed", "the object was changed meanwhile: it is at version %d", present)
}

func event(by audit.Actor, o Object, verb What, detail map[string]any) audit.Event {
	return audit.NewEvent(by, string(o.Tenant), string(o.Kind)+"."+verbs[verb], o.String(), detail)
}

// verbs are the changes as audit events name them.
var verbs = map[What]string{
	Created: "create", Edited: "update", Marked: "mark", Unmarked: "unmark", Released: "release", Deleted: "delete",
}

// now is the time to be stored: with the resolution that PostgreSQL keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
