package accessgroups

import (
	"context"
	"slices"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// New is the input of Create.
type New struct {
	Name tenants.Name
	Settings
}

// DirectGrant allows one account actions on one process, through that account's
// own access group.
type DirectGrant struct {
	Account tenants.Name
	Process tenants.Name
	Actions []Action
}

// Service keeps access groups. Its methods may be called by several goroutines at
// once. A change is in force at once in this process, and everywhere within two
// seconds.
type Service struct{ store Store }

// NewService returns a service over a store.
func NewService(store Store) *Service { return &Service{store: store} }

// Create adds an access group. Names that begin with "account-" are kept for the
// groups of one account.
func (s *Service) Create(ctx context.Context, by audit.Actor, tenant tenants.TenantID, input New) (AccessGroup, error) {
	if _, err := tenants.ParseName(input.Name); err != nil {
		return AccessGroup{}, err
	}
	return s.change(ctx, tenant, func(ctx context.Context, w Writer) (AccessGroup, error) {
		return create(ctx, w, by, tenant, input)
	})
}

// Get returns one access group.
func (s *Service) Get(ctx context.Context, tenant tenants.TenantID, name tenants.Name) (group AccessGroup, err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		group, err = r.Group(ctx, name)
		return err
	})
	return group, err
}

// List lists the access groups of a tenant, sorted by name.
func (s *Service) List(ctx context.Context, tenant tenants.TenantID, page paging.Request) (result paging.Page[AccessGroup], err error) {
	err = s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		result, err = r.Groups(ctx, page)
		return err
	})
	return result, err
}

// Update replaces the settings of a group.
func (s *Service) Update(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64, settings Settings) (AccessGroup, error) {
	return s.change(ctx, tenant, func(ctx context.Context, w Writer) (AccessGroup, error) {
		group, err := w.Group(ctx, name)
		if err != nil {
			return AccessGroup{}, err
		}
		if err := checkVersion(version, group.Version); err != nil {
			return AccessGroup{}, err
		}
		return update(ctx, w, by, group, settings)
	})
}

// Delete ends a group with all that it grants.
func (s *Service) Delete(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64) error {
	return s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		group, err := w.Group(ctx, name)
		if err != nil {
			return err
		}
		if err := checkVersion(version, group.Version); err != nil {
			return err
		}
		if err := w.DeleteGroup(ctx, group); err != nil {
			return err
		}
		return w.Record(ctx, event(by, "access-group.delete", group))
	})
}

// GrantDirectly adds actions to the account's own access group, which it creates
// when missing. What is granted already changes nothing.
func (s *Service) GrantDirectly(ctx context.Context, by audit.Actor, tenant tenants.TenantID, grant DirectGrant) (AccessGroup, error) {
	added := Grant{Process: grant.Process, Actions: grant.Actions}
	return s.change(ctx, tenant, func(ctx context.Context, w Writer) (AccessGroup, error) {
		if err := checkDirect(ctx, w, grant); err != nil {
			return AccessGroup{}, err
		}
		group, err := w.Group(ctx, OwnGroup(grant.Account))
		if fault.Is(err, fault.NotFound) {
			return create(ctx, w, by, tenant, New{Name: OwnGroup(grant.Account), Settings: Settings{
				Members: []tenants.Name{grant.Account}, Grants: []Grant{added},
			}})
		}
		if err != nil {
			return AccessGroup{}, err
		}
		return update(ctx, w, by, group, Settings{
			DisplayName: group.DisplayName,
			Members:     []tenants.Name{grant.Account}, // an emptied group becomes the account's again
			Grants:      append(slices.Clone(group.Grants), added),
		})
	})
}

// checkDirect checks the grant at the places of its own input.
func checkDirect(ctx context.Context, r Reader, grant DirectGrant) error {
	err := Settings{
		Members: []tenants.Name{grant.Account}, Grants: []Grant{{Process: grant.Process, Actions: grant.Actions}},
	}.check(ctx, r, OwnGroup(grant.Account))
	f, ok := fault.As(err)
	if !ok || f.Kind != fault.Invalid {
		return err
	}
	places := map[string]string{"members[0]": "account", "grants[0].process": "process"}
	for i, place := range f.Places {
		if path, direct := places[place.Path]; direct {
			f.Places[i].Path = path
		} else {
			f.Places[i].Path = "actions"
		}
	}
	return f
}

func create(ctx context.Context, w Writer, by audit.Actor, tenant tenants.TenantID, input New) (AccessGroup, error) {
	if err := input.check(ctx, w, input.Name); err != nil {
		return AccessGroup{}, err
	}
	settings, at := input.normal(), now()
	group := AccessGroup{
		Tenant: tenant, ID: tenants.NewID[string](), Name: input.Name, DisplayName: settings.DisplayName,
		Members: settings.Members, Grants: settings.Grants, Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	if err := w.InsertGroup(ctx, group); err != nil {
		return AccessGroup{}, err
	}
	return group, w.Record(ctx, event(by, "access-group.create", group))
}

func update(ctx context.Context, w Writer, by audit.Actor, group AccessGroup, settings Settings) (AccessGroup, error) {
	if err := settings.check(ctx, w, group.Name); err != nil {
		return AccessGroup{}, err
	}
	settings = settings.normal()
	if settings.equal(Settings{DisplayName: group.DisplayName, Members: group.Members, Grants: group.Grants}) {
		return group, nil
	}
	group.DisplayName, group.Members, group.Grants = settings.DisplayName, settings.Members, settings.Grants
	group.Version, group.UpdatedAt = group.Version+1, now()
	if err := w.UpdateGroup(ctx, group); err != nil {
		return AccessGroup{}, err
	}
	return group, w.Record(ctx, event(by, "access-group.update", group))
}

func (s Settings) equal(other Settings) bool {
	return s.DisplayName == other.DisplayName && slices.Equal(s.Members, other.Members) &&
		slices.EqualFunc(s.Grants, other.Grants, func(a, b Grant) bool {
			return a.Process == b.Process && slices.Equal(a.Actions, b.Actions)
		})
}

func (s *Service) change(ctx context.Context, tenant tenants.TenantID, fn func(ctx context.Context, w Writer) (AccessGroup, error)) (group AccessGroup, err error) {
	err = s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) (err error) {
		group, err = fn(ctx, w)
		return err
	})
	if err != nil {
		return AccessGroup{}, err
	}
	return group, nil
}

func checkVersion(expected, present int64) error {
	if expected == tenants.AnyVersion || expected == present {
		return nil
	}
	return fault.New(fault.PreconditionFailed, "version-changed", "the access group was changed meanwhile: it is at version %d", present)
}

// event keeps the whole of what a group grants, so that the log answers who could
// do what at any time.
func event(by audit.Actor, action string, group AccessGroup) audit.Event {
	grants := make(map[string][]Action, len(group.Grants))
	for _, grant := range group.Grants {
		grants[grant.Process] = grant.Actions
	}
	return audit.NewEvent(by, string(group.Tenant), action, "access-groups/"+group.Name,
		map[string]any{"members": group.Members, "grants": grants})
}

// now is the time to be stored: with the resolution that PostgreSQL keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
