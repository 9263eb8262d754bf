package deployments

import (
	"bytes"
	"maps"
	"slices"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Assemble puts the package together that a deployment of that kind, Deploy or
// Redeploy, brings to a group whose active package is active, nil where it has
// none. It is a pure function: the same design and the same active package give the
// same package. It changes neither.
//
// A first deployment without anything marked is a fault Invalid "nothing-marked".
func Assemble(present design.Snapshot, active *bundle.Package, kind Kind) (bundle.Package, Manifest, error) {
	if active == nil {
		if err := checkFirst(present, kind); err != nil {
			return bundle.Package{}, Manifest{}, err
		}
		active = &bundle.Package{}
	}
	a := assembly{present: present, active: active.Content, kind: kind}
	a.result = globalPart(present)
	content := &a.result.Content
	var freshFlowcharts, freshStrategies map[string]bool
	content.Flowcharts, freshFlowcharts = choose(&a, definition.KindFlowchart, present.Flowcharts, active.Content.Flowcharts)
	content.Strategies, freshStrategies = choose(&a, definition.KindStrategy, present.Strategies, active.Content.Strategies)
	a.leaveOutRulesOfMissingZones()
	a.takeSegments(freshFlowcharts)
	a.takeOffers(freshStrategies)
	a.leaveOutMissingFlowcharts()
	a.listDormantRules()
	return a.result, a.manifest, nil
}

// assembly is a package in the making.
type assembly struct {
	present  design.Snapshot
	active   bundle.Content
	kind     Kind
	result   bundle.Package
	manifest Manifest
}

// checkFirst refuses a first deployment that has nothing to decide with.
func checkFirst(present design.Snapshot, kind Kind) error {
	if kind == Redeploy {
		return fault.New(fault.Conflict, "nothing-deployed", "channel %s is not deployed to the group: there is nothing to deploy again", present.Name)
	}
	for _, flowchart := range present.Flowcharts {
		if marked(flowchart.Object, design.ForDeployment) {
			return nil
		}
	}
	for _, strategy := range present.Strategies {
		if marked(strategy.Object, design.ForDeployment) {
			return nil
		}
	}
	return fault.New(fault.Invalid, "nothing-marked",
		"nothing of channel %s is marked for deployment: mark the flowcharts and strategies that are to go out first", present.Name)
}

func marked(o design.Object, what design.MarkFor) bool { return o.Mark != nil && o.Mark.For == what }

// unconditional are the documents that go out with every package as they are now.
func unconditional(present design.Snapshot) bundle.Content {
	channel := present.Channel.Spec
	channel.ServerGroups = nil // a package has the same bytes for every group
	return bundle.Content{
		AudienceLevels:    specs(present.AudienceLevels),
		Macros:            specs(present.Macros),
		OfferAttributes:   specs(present.OfferAttributes),
		Campaigns:         specs(present.Campaigns),
		LearningModels:    specs(present.LearningModels),
		HistoryMappings:   specs(present.HistoryMappings),
		Channel:           channel,
		Zones:             specs(present.Zones),
		InteractionPoints: specs(present.InteractionPoints),
		Events:            specs(present.Events),
		EventPatterns:     specs(present.EventPatterns),
	}
}

func specs[T any](entries map[string]design.Entry[T]) map[string]T {
	documents := make(map[string]T, len(entries))
	for name, entry := range entries {
		documents[name] = entry.Spec
	}
	return documents
}

// choose decides on the documents of a kind that is marked. fresh are those that
// go out as they are now.
func choose[T definition.Document](a *assembly, kind definition.Kind, present map[string]design.Entry[T], active map[string]T) (chosen map[string]T, fresh map[string]bool) {
	chosen, fresh = map[string]T{}, map[string]bool{}
	for _, name := range namesOf(present, active) {
		reference := definition.Reference{Kind: kind, Channel: a.present.Name, Name: name}
		entry, designed := present[name]
		last, deployed := active[name]
		switch {
		case a.kind == Deploy && marked(entry.Object, design.ForDeployment):
			chosen[name], fresh[name] = entry.Spec, true
			a.manifest.Marked = append(a.manifest.Marked, Marked{Reference: reference, Version: entry.Object.Mark.Version})
		case a.kind == Deploy && marked(entry.Object, design.ForUndeployment):
			why := "it is marked for undeployment"
			if !deployed {
				why += ", and was not deployed"
			}
			a.manifest.Removed = append(a.manifest.Removed, Removed{Reference: reference, Version: entry.Object.Mark.Version, Why: why})
		case !deployed:
		case a.kind == Deploy && !designed:
			a.manifest.Removed = append(a.manifest.Removed, Removed{Reference: reference, Why: "it was deleted"})
		default:
			chosen[name] = last
			a.keep(reference, designed && !same(entry.Spec, last))
		}
	}
	return chosen, fresh
}

func (a *assembly) keep(reference definition.Reference, edited bool) {
	a.manifest.Kept = append(a.manifest.Kept, Kept{Reference: reference, Edited: edited})
}

// namesOf are the names in either, sorted.
func namesOf[A, B any](a map[string]A, b map[string]B) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}

// same reports whether two documents have the same canonical form.
func same(a, b any) bool {
	first, err := definition.Encode(a)
	if err != nil {
		return false
	}
	second, err := definition.Encode(b)
	return err == nil && bytes.Equal(first, second)
}

// takeSegments adds the segments that flowcharts and rules name: as they are now
// where a flowchart names them that goes out as it is now, otherwise as they are
// active.
func (a *assembly) takeSegments(fresh map[string]bool) {
	named := map[string]bool{} // true: in its present form
	for name, flowchart := range a.result.Content.Flowcharts {
		for _, box := range flowchart.Boxes {
			if box.Segment != "" {
				named[box.Segment] = named[box.Segment] || fresh[name]
			}
		}
	}
	for _, strategy := range a.result.Content.Strategies {
		for _, rule := range strategy.Rules {
			if rule.Segment != "" {
				if _, known := named[rule.Segment]; !known {
					named[rule.Segment] = false
				}
			}
		}
	}
	a.result.Content.Segments = take(a, definition.KindSegment, named, a.present.Segments, a.active.Segments)
}

// take returns the named documents, each in its present or its active form.
func take[T definition.Document](a *assembly, kind definition.Kind, named map[string]bool, present map[string]design.Entry[T], active map[string]T) map[string]T {
	taken := make(map[string]T, len(named))
	for _, name := range slices.Sorted(maps.Keys(named)) {
		entry, designed := present[name]
		last, deployed := active[name]
		switch {
		case designed && (named[name] || !deployed):
			taken[name] = entry.Spec
		case deployed:
			taken[name] = last
			if designed && !same(entry.Spec, last) {
				a.keep(definition.Reference{Kind: kind, Name: name}, true)
			}
		}
		// What is neither is a reference into nothing, which compiling reports.
	}
	return taken
}

// takeOffers adds the offers that rules name, and those that are suppressed
// together with them: as they are now where a strategy names them that goes out as
// it is now, otherwise as they are active. Whether an offer is retired counts as it
// is now; one that was deleted is retired.
func (a *assembly) takeOffers(fresh map[string]bool) {
	named := map[string]bool{} // true: in its present form
	for _, now := range []bool{true, false} {
		for name, strategy := range a.result.Content.Strategies {
			if fresh[name] == now {
				for _, rule := range strategy.Rules {
					a.nameOffer(named, rule.Offer, now)
				}
			}
		}
	}
	offers := take(a, definition.KindOffer, named, a.present.Offers, a.active.Offers)
	for name, offer := range offers {
		entry, designed := a.present.Offers[name]
		offer.Retired = !designed || entry.Spec.Retired
		offers[name] = offer
	}
	a.result.Content.Offers = offers
}

// nameOffer notes an offer, and those that it is suppressed together with, once.
// Those that are taken as they are now have to be named first.
func (a *assembly) nameOffer(named map[string]bool, name string, now bool) {
	pending := []string{name}
	for len(pending) > 0 {
		name, pending = pending[0], pending[1:]
		if _, known := named[name]; known || name == "" {
			continue
		}
		named[name] = now
		entry, designed := a.present.Offers[name]
		offer, deployed := a.active.Offers[name]
		if designed && (now || !deployed) {
			offer = entry.Spec
		}
		if offer.Suppress != nil {
			pending = append(pending, offer.Suppress.Also...)
		}
	}
}
