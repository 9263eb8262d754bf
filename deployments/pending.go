package deployments

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Pending is what a deployment of a channel to a group would do now.
type Pending struct {
	Group Group
	First bool // the group has no package of the channel
	// Refused says why a deployment would be refused; empty where it would not.
	Refused string
	// Marked are the flowcharts and strategies that go out or off by their marks.
	Marked   []PendingMark
	Warnings []Warning
	// Difference is that of the package that would go out to the active one.
	Difference Difference
	Manifest   Manifest
}

// PendingMark is a mark that waits for a deployment.
type PendingMark struct {
	definition.Reference
	For design.MarkFor
	By  tenants.Name
	At  time.Time
	// New is whether the group has the document not yet.
	New bool
}

// Warning is something that may have been forgotten.
type Warning struct {
	definition.Reference
	Message string
}

// Pending returns what a deployment of the channel to the group would do now.
func (s *Service) Pending(ctx context.Context, tenant tenants.TenantID, channel, group tenants.Name) (Pending, error) {
	present, err := s.designs.Snapshot(ctx, tenant, channel)
	if err != nil {
		return Pending{}, err
	}
	p := Pending{}
	if p.Group, err = s.groupOf(ctx, present, group); err != nil {
		return Pending{}, err
	}
	active, err := s.active(ctx, tenant, channel, p.Group.ID)
	if err != nil {
		return Pending{}, err
	}
	var last bundle.Content
	if active.pack != nil {
		last = active.pack.Content
	}
	p.First = active.pack == nil
	pending(&p, definition.KindFlowchart, channel, present.Flowcharts, last.Flowcharts)
	pending(&p, definition.KindStrategy, channel, present.Strategies, last.Strategies)

	if err := s.warnOfBarred(ctx, &p, present); err != nil {
		return Pending{}, err
	}

	d := Deployment{Tenant: tenant, Channel: channel, Group: p.Group, Kind: Deploy}
	m, err := s.makeAny(ctx, present, d)
	if refusal, ok := fault.As(err); ok && (refusal.Kind == fault.Invalid || refusal.Kind == fault.Conflict) {
		p.Refused = refusal.Message
		return p, nil
	}
	if err != nil {
		return Pending{}, err
	}
	if refusal, ok := fault.As(m.checkNew(d)); ok {
		p.Refused = refusal.Message
	}
	p.Manifest = m.manifest
	for _, kept := range m.manifest.Kept {
		if kept.Edited && !kept.Kind.Marked() {
			p.warn(kept.Reference, "it was edited, but goes out in its last deployed form: nothing that is marked names it")
		}
	}
	p.Difference = difference(active.pack, m.pack, active.hash, m.content.Hash)
	return p, nil
}

// pending lists the marks of a kind and warns of what was edited or made and is
// not marked.
func pending[T definition.Document](p *Pending, kind definition.Kind, channel tenants.Name, present map[string]design.Entry[T], active map[string]T) {
	for _, name := range slices.Sorted(maps.Keys(present)) {
		entry := present[name]
		reference := definition.Reference{Kind: kind, Channel: channel, Name: name}
		last, deployed := active[name]
		mark := entry.Object.Mark
		switch {
		case mark != nil:
			p.Marked = append(p.Marked, PendingMark{Reference: reference, For: mark.For, By: mark.By, At: mark.At, New: !deployed})
		case !deployed:
			p.warn(reference, "it is not deployed, and not marked for deployment")
		case !same(entry.Spec, last):
			p.warn(reference, fmt.Sprintf("it was edited by %s, but is not marked: it goes out in its last deployed form", entry.Object.UpdatedBy))
		}
	}
}

func (p *Pending) warn(reference definition.Reference, message string) {
	p.Warnings = append(p.Warnings, Warning{Reference: reference, Message: message})
}
