package design

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// maxUsers bounds the users that a refusal names.
const maxUsers = 20

// Delete deletes an object that nothing refers to and, of channels, flowcharts and
// strategies, that no server group serves. Otherwise it is a fault Conflict whose
// places are the users.
func (s *Service) Delete(ctx context.Context, by audit.Actor, tenant tenants.TenantID, of definition.Reference, version int64) error {
	if err := s.checkNotServed(ctx, tenant, of); err != nil {
		return err
	}
	return s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		o, err := w.Object(ctx, of)
		if err != nil {
			return err
		}
		if err := checkVersion(version, o.Version); err != nil {
			return err
		}
		if o.Mark != nil {
			return locked(o)
		}
		if err := checkUnused(ctx, w, of); err != nil {
			return err
		}
		if err := w.Delete(ctx, of); err != nil {
			return err
		}
		o.Version++
		change := Change{Number: o.Version, What: Deleted, At: now(), By: by.Name, DisplayName: o.DisplayName}
		if err := w.InsertChanges(ctx, ChangeOf{of, change}); err != nil {
			return err
		}
		return w.Record(ctx, event(by, o, Deleted, nil))
	})
}

func checkUnused(ctx context.Context, r Reader, of definition.Reference) error {
	users, total, err := r.Users(ctx, of, maxUsers)
	if err != nil || total == 0 {
		return err
	}
	inUse := fault.New(fault.Conflict, "in-use", "%s is used in %d places: it can be deleted when nothing uses it", of, total)
	if total == 1 {
		inUse.Message = of.String() + " is in use: it can be deleted when nothing uses it"
	}
	for _, user := range users {
		_ = inUse.At(definition.Join(user.By.String(), user.Path), 0, "uses %s", of)
	}
	return inUse
}

// checkNotServed asks outside of the transaction: no deployment waits for changes of
// the design when it moves a group's active version, so that asking inside would
// not be surer. An object that is deployed in the meantime is taken off by the next
// deployment, which says so.
func (s *Service) checkNotServed(ctx context.Context, tenant tenants.TenantID, of definition.Reference) error {
	if s.deployed == nil || !of.Kind.Marked() && of.Kind != definition.KindChannel {
		return nil
	}
	groups, err := s.deployed.ServedBy(ctx, tenant, of)
	if err != nil || len(groups) == 0 {
		return err
	}
	inUse := fault.New(fault.Conflict, "in-use", "%s is deployed: it can be deleted when no server group serves it", of)
	for _, group := range groups {
		_ = inUse.At(of.String(), 0, "served by %s", group)
	}
	return inUse
}
