package design

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Release names a mark that a deployment to production released.
type Release struct {
	definition.Reference
	Version int64 // of the mark that went out
}

// Mark marks a flowchart or a strategy, which locks it. Marking it for the same
// again changes nothing; for the other thing is a fault Conflict. version is the
// object's present one, or tenants.AnyVersion.
func (s *Service) Mark(ctx context.Context, by audit.Actor, tenant tenants.TenantID, of definition.Reference, version int64, what MarkFor) (o Object, err error) {
	if err := checkMarkable(of, what); err != nil {
		return Object{}, err
	}
	err = s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		if o, err = w.Object(ctx, of); err != nil {
			return err
		}
		if err := checkVersion(version, o.Version); err != nil {
			return err
		}
		if o.Mark != nil {
			if o.Mark.For == what {
				return nil
			}
			return locked(o)
		}
		o.Mark = &Mark{For: what, By: by.Name, At: now(), Version: o.Version + 1}
		o, err = touch(ctx, w, by, o, Marked, map[string]any{"for": what})
		return err
	})
	if err != nil {
		return Object{}, err
	}
	return o, nil
}

// Unmark cancels the mark, if there is one: the object can be edited again.
func (s *Service) Unmark(ctx context.Context, by audit.Actor, tenant tenants.TenantID, of definition.Reference, version int64) (o Object, err error) {
	if err := checkMarkable(of, ForDeployment); err != nil {
		return Object{}, err
	}
	err = s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		if o, err = w.Object(ctx, of); err != nil {
			return err
		}
		if err := checkVersion(version, o.Version); err != nil || o.Mark == nil {
			return err
		}
		o.Mark = nil
		o, err = touch(ctx, w, by, o, Unmarked, nil)
		return err
	})
	if err != nil {
		return Object{}, err
	}
	return o, nil
}

// ReleaseMarks releases the marks that went out to production. One that was
// cancelled since, or made anew, stays as it is; releasing twice changes nothing.
func (s *Service) ReleaseMarks(ctx context.Context, by audit.Actor, tenant tenants.TenantID, channel tenants.Name, released []Release) error {
	return s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		for _, release := range released {
			if release.Channel != channel || !release.Kind.Marked() {
				return fault.New(fault.Invalid, "invalid-input", "%s is not a flowchart or strategy of channel %s", release.Reference, channel)
			}
			o, err := w.Object(ctx, release.Reference)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if o.Mark == nil || o.Mark.Version != release.Version {
				continue
			}
			o.Mark = nil
			if _, err := touch(ctx, w, by, o, Released, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

func checkMarkable(of definition.Reference, what MarkFor) error {
	switch {
	case !of.Kind.Marked():
		return fault.New(fault.Invalid, "not-markable", "only flowcharts and strategies are marked; %s goes out with every deployment", of)
	case what != ForDeployment && what != ForUndeployment:
		return fault.New(fault.Invalid, "invalid-input", "the input is not valid").At("for", 0, "expected deployment or undeployment")
	default:
		return nil
	}
}

// touch keeps an object whose mark was changed under its next version.
func touch(ctx context.Context, w Writer, by audit.Actor, o Object, what What, detail map[string]any) (Object, error) {
	o.Version, o.UpdatedAt, o.UpdatedBy = o.Version+1, now(), by.Name
	unchanged := o
	unchanged.Spec = nil
	if err := w.Update(ctx, unchanged); err != nil {
		return Object{}, err
	}
	change := Change{Number: o.Version, What: what, At: o.UpdatedAt, By: by.Name, DisplayName: o.DisplayName}
	if err := w.InsertChanges(ctx, ChangeOf{o.Reference, change}); err != nil {
		return Object{}, err
	}
	return o, w.Record(ctx, event(by, o, what, detail))
}

// locked is the fault of changing what is marked.
func locked(o Object) error {
	return fault.New(fault.Conflict, "locked", "%s was marked for %s by %s at %s and is locked: cancel the mark first",
		o.Reference, o.Mark.For, o.Mark.By, o.Mark.At.Format(time.RFC3339))
}
