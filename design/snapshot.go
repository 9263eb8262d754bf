package design

import (
	"context"
	"fmt"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Snapshot is all that a deployment of one channel can take: the channel, what
// lies in it, and what lies in the tenant, as it was at one instant. Entries are by
// name.
type Snapshot struct {
	Tenant  tenants.TenantID
	Name    tenants.Name // of the channel
	Channel Entry[definition.Channel]

	AudienceLevels  map[string]Entry[definition.AudienceLevel]
	Macros          map[string]Entry[definition.Macro]
	OfferAttributes map[string]Entry[definition.OfferAttribute]
	Offers          map[string]Entry[definition.Offer]
	Campaigns       map[string]Entry[definition.Campaign]
	Segments        map[string]Entry[definition.Segment]
	LearningModels  map[string]Entry[definition.LearningModel]
	HistoryMappings map[string]Entry[definition.HistoryMapping]

	Zones             map[string]Entry[definition.Zone]
	InteractionPoints map[string]Entry[definition.InteractionPoint]
	Events            map[string]Entry[definition.Event]
	EventPatterns     map[string]Entry[definition.EventPattern]
	Flowcharts        map[string]Entry[definition.Flowchart]
	Strategies        map[string]Entry[definition.Strategy]
}

// Entry is one object of a snapshot.
type Entry[T any] struct {
	Object Object // with its version and mark; without its Spec
	Spec   T
}

// Snapshot reads the design that a deployment of the channel is built from, in one
// transaction.
func (s *Service) Snapshot(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) (Snapshot, error) {
	var objects []Object
	err := s.store.View(ctx, tenant, func(ctx context.Context, r Reader) error {
		if _, err := r.Object(ctx, channelReference(channel)); err != nil {
			return err
		}
		var err error
		objects, err = r.Design(ctx, channel)
		return err
	})
	if err != nil {
		return Snapshot{}, err
	}
	snapshot := newSnapshot(tenant, channel)
	for _, o := range objects {
		if err := snapshot.add(o); err != nil {
			return Snapshot{}, err
		}
	}
	return snapshot, nil
}

func newSnapshot(tenant tenants.TenantID, channel tenants.Name) Snapshot {
	return Snapshot{
		Tenant: tenant, Name: channel,
		AudienceLevels: map[string]Entry[definition.AudienceLevel]{}, Macros: map[string]Entry[definition.Macro]{},
		OfferAttributes: map[string]Entry[definition.OfferAttribute]{}, Offers: map[string]Entry[definition.Offer]{},
		Campaigns: map[string]Entry[definition.Campaign]{}, Segments: map[string]Entry[definition.Segment]{},
		LearningModels: map[string]Entry[definition.LearningModel]{}, HistoryMappings: map[string]Entry[definition.HistoryMapping]{},
		Zones: map[string]Entry[definition.Zone]{}, InteractionPoints: map[string]Entry[definition.InteractionPoint]{},
		Events: map[string]Entry[definition.Event]{}, EventPatterns: map[string]Entry[definition.EventPattern]{},
		Flowcharts: map[string]Entry[definition.Flowchart]{}, Strategies: map[string]Entry[definition.Strategy]{},
	}
}

func (s *Snapshot) add(o Object) error {
	switch o.Kind {
	case definition.KindAudienceLevel:
		return addTo(s.AudienceLevels, o)
	case definition.KindMacro:
		return addTo(s.Macros, o)
	case definition.KindOfferAttribute:
		return addTo(s.OfferAttributes, o)
	case definition.KindOffer:
		return addTo(s.Offers, o)
	case definition.KindCampaign:
		return addTo(s.Campaigns, o)
	case definition.KindSegment:
		return addTo(s.Segments, o)
	case definition.KindLearningModel:
		return addTo(s.LearningModels, o)
	case definition.KindHistoryMapping:
		return addTo(s.HistoryMappings, o)
	case definition.KindChannel:
		var err error
		s.Channel, err = entryOf[definition.Channel](o)
		return err
	case definition.KindZone:
		return addTo(s.Zones, o)
	case definition.KindInteractionPoint:
		return addTo(s.InteractionPoints, o)
	case definition.KindEvent:
		return addTo(s.Events, o)
	case definition.KindEventPattern:
		return addTo(s.EventPatterns, o)
	case definition.KindFlowchart:
		return addTo(s.Flowcharts, o)
	case definition.KindStrategy:
		return addTo(s.Strategies, o)
	}
	return fmt.Errorf("stored %s: no such kind", o.Reference)
}

func addTo[T any](entries map[string]Entry[T], o Object) error {
	entry, err := entryOf[T](o)
	entries[o.Name] = entry
	return err
}

func entryOf[T any](o Object) (Entry[T], error) {
	spec, err := Decode[T](o)
	o.Spec = nil
	return Entry[T]{Object: o, Spec: spec}, err
}
