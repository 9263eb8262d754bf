package design

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Put creates the object or replaces it. version is NoVersion, the object's present
// one, tenants.ExistingVersion for any, or tenants.AnyVersion for any or none. A
// draft that is there already changes nothing. What is marked is locked: a fault Conflict.
func (s *Service) Put(ctx context.Context, by audit.Actor, tenant tenants.TenantID, of definition.Reference, version int64, draft Draft) (o Object, created bool, err error) {
	spec, err := checkDraft(of, draft)
	if err != nil {
		return Object{}, false, err
	}
	if channel, ok := draft.Spec.(definition.Channel); ok {
		if err := s.checkChannel(ctx, tenant, of, channel); err != nil {
			return Object{}, false, err
		}
	}
	err = s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		p := putting{Service: s, w: w, by: by, tenant: tenant, of: of, draft: draft, spec: spec}
		present, err := w.Object(ctx, of)
		created = fault.Is(err, fault.NotFound)
		switch {
		case created:
			o, err = p.create(ctx, version)
		case err == nil:
			o, err = p.replace(ctx, present, version)
		}
		return err
	})
	if err != nil {
		return Object{}, false, err
	}
	return o, created, nil
}

// putting is the work of one Put in its transaction.
type putting struct {
	*Service
	w      Writer
	by     audit.Actor
	tenant tenants.TenantID
	of     definition.Reference
	draft  Draft
	spec   json.RawMessage // of the draft
}

func (p putting) create(ctx context.Context, version int64) (Object, error) {
	if version != NoVersion && version != tenants.AnyVersion {
		return Object{}, fault.New(fault.PreconditionFailed, "version-changed", "there is no such object any more")
	}
	if p.of.Kind.InChannel() {
		if _, err := p.w.Object(ctx, channelReference(p.of.Channel)); err != nil {
			return Object{}, err
		}
	}
	count, err := p.w.Count(ctx, p.of.Kind, p.of.Channel)
	if err != nil {
		return Object{}, err
	}
	last, err := p.w.LastChanges(ctx, p.of)
	if err != nil {
		return Object{}, err
	}
	o, err := p.born(ctx, count, last[p.of])
	if err != nil {
		return Object{}, err
	}
	uses, err := p.checking(p.w, p.tenant).check(ctx, subject{of: p.of, now: p.draft.Spec})
	if err != nil {
		return Object{}, err
	}
	if err := p.w.Insert(ctx, o); err != nil {
		return Object{}, err
	}
	return o, keep(ctx, p.w, p.by, kept{o, uses, Change{What: Created, Spec: p.spec}})
}

// born is the object that the draft makes where there is none: count are there of
// its kind, and last is the number of the last change of one of its name.
func (p putting) born(ctx context.Context, count int, last int64) (Object, error) {
	if count >= MaxObjects {
		return Object{}, fault.New(fault.TooLarge, "too-many-objects", "there are %d %s already, the most that there can be", count, p.of.Kind.Plural())
	}
	if last > 0 {
		if err := p.checkReborn(ctx, last); err != nil {
			return Object{}, err
		}
	}
	at := now()
	return Object{
		Tenant: p.tenant, ID: tenants.NewID[string](), Reference: p.of, DisplayName: p.draft.DisplayName, Spec: p.spec,
		Version: last + 1, CreatedAt: at, CreatedBy: p.by.Name, UpdatedAt: at, UpdatedBy: p.by.Name,
	}, nil
}

// checkReborn keeps the solution of a channel that was deleted: who may do what
// in a channel follows from its solution.
func (p putting) checkReborn(ctx context.Context, last int64) error {
	channel, ok := p.draft.Spec.(definition.Channel)
	if !ok {
		return nil
	}
	before, err := p.w.ChangeAt(ctx, p.of, last)
	if err != nil {
		return err
	}
	return checkSolution(Object{Reference: p.of, Spec: before.Spec}, channel)
}

func (p putting) replace(ctx context.Context, o Object, version int64) (Object, error) {
	if version == NoVersion {
		return Object{}, fault.New(fault.PreconditionRequired, "version-required", "there is such an object: name the version that is to be replaced")
	}
	if err := checkVersion(version, o.Version); err != nil {
		return Object{}, err
	}
	sameSpec := bytes.Equal(o.Spec, p.spec)
	if sameSpec && o.DisplayName == p.draft.DisplayName {
		return o, nil
	}
	edited, before, err := p.edited(o)
	if err != nil {
		return Object{}, err
	}
	uses, err := p.checking(p.w, p.tenant).check(ctx, subject{of: p.of, was: before, now: p.draft.Spec})
	if err != nil {
		return Object{}, err
	}
	change := Change{What: Edited, Spec: p.spec, Differences: differences(p.of, o, before, p.draft)}
	o = edited
	if err := p.w.Update(ctx, o); err != nil {
		return Object{}, err
	}
	return o, keep(ctx, p.w, p.by, kept{o, uses, change})
}

// edited is an object with the draft in place of its definition before, which is
// returned as well.
func (p putting) edited(o Object) (edited Object, before definition.Document, err error) {
	if o.Mark != nil {
		return Object{}, nil, locked(o)
	}
	if channel, ok := p.draft.Spec.(definition.Channel); ok {
		if err := checkSolution(o, channel); err != nil {
			return Object{}, nil, err
		}
	}
	if before, err = document(o); err != nil {
		return Object{}, nil, err
	}
	o.DisplayName, o.Spec = p.draft.DisplayName, p.spec
	o.Version, o.UpdatedAt, o.UpdatedBy = o.Version+1, now(), p.by.Name
	return o, before, nil
}

// kept is what is kept of a changed object beside itself.
type kept struct {
	object Object
	uses   []Use
	change Change
}

// keep writes what goes with changed objects.
func keep(ctx context.Context, w Writer, by audit.Actor, all ...kept) error {
	uses := make([]Uses, 0, len(all))
	changes := make([]ChangeOf, 0, len(all))
	events := make([]audit.Event, 0, len(all))
	for _, k := range all {
		o, c := k.object, k.change
		c.Number, c.At, c.By, c.DisplayName = o.Version, o.UpdatedAt, o.UpdatedBy, o.DisplayName
		uses = append(uses, Uses{By: o.Reference, To: k.uses})
		changes = append(changes, ChangeOf{o.Reference, c})
		events = append(events, event(by, o, c.What, map[string]any{"version": o.Version}))
	}
	if err := w.SetUses(ctx, uses...); err != nil {
		return err
	}
	if err := w.InsertChanges(ctx, changes...); err != nil {
		return err
	}
	return w.Record(ctx, events...)
}

// checkDraft checks what can be told from the draft alone, and returns its form.
func checkDraft(of definition.Reference, draft Draft) (json.RawMessage, error) {
	if draft.Spec == nil || draft.Spec.Kind() != of.Kind {
		return nil, fault.New(fault.Invalid, "invalid-input", "the input is not valid").At("spec", 0, "expected a definition of kind %s", of.Kind)
	}
	if err := checkPlace(of); err != nil {
		return nil, err
	}
	if err := definition.CheckName(of.Kind, of.Name); err != nil {
		return nil, err
	}
	if err := tenants.CheckDisplayName(draft.DisplayName); err != nil {
		return nil, fault.New(fault.Invalid, "invalid-input", "the input is not valid").At("displayName", 0, "%s", err)
	}
	if err := definition.Check("spec", draft.Spec); err != nil {
		return nil, err
	}
	spec, err := definition.Encode(draft.Spec)
	if err != nil {
		return nil, err
	}
	if len(spec) > MaxObject {
		return nil, fault.New(fault.TooLarge, "object-too-large", "the definition has %d bytes; it may have %d", len(spec), MaxObject)
	}
	return spec, nil
}

// checkPlace keeps in a channel what lies in channels, and nothing else: who may
// change an object follows from where it lies.
func checkPlace(of definition.Reference) error {
	wrong := fault.New(fault.Invalid, "invalid-input", "the input is not valid")
	switch inside := of.Kind.InChannel(); {
	case inside && of.Channel == "":
		return wrong.At("channel", 0, "expected the name of the channel that the %s lies in", of.Kind)
	case !inside && of.Channel != "":
		return wrong.At("channel", 0, "expected none: what is of kind %s lies in the tenant", of.Kind)
	default:
		return nil
	}
}
