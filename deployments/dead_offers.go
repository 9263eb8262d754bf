package deployments

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
)

// maxDeadOffers bounds the dead offers that a refusal names.
const maxDeadOffers = 100

// checkOffersAlive refuses an older package whose rules name offers that can be
// offered no more: the package would bring them back to visitors.
func checkOffersAlive(pack *bundle.Package, present design.Snapshot, of int64, at time.Time) error {
	dead := map[string]string{}
	for _, strategy := range pack.Content.Strategies {
		for _, rule := range strategy.Rules {
			if rule.Disabled {
				continue
			}
			if why := deadBecause(rule.Offer, pack, present, at); why != "" {
				dead[rule.Offer] = why
			}
		}
	}
	if len(dead) == 0 {
		return nil
	}
	refusal := fault.New(fault.Conflict, "dead-offers",
		"the package of deployment %d names %d offers that are retired, expired or gone", of, len(dead))
	for i, name := range slices.Sorted(maps.Keys(dead)) {
		if i == maxDeadOffers {
			return refusal.At("offers", 0, "and %d more", len(dead)-i)
		}
		_ = refusal.At(definition.Reference{Kind: definition.KindOffer, Name: name}.String(), 0, "%s", dead[name])
	}
	return refusal
}

// deadBecause says why an offer can be offered no more; empty where it can. One
// that the package says is retired is not brought back by it.
func deadBecause(name string, pack *bundle.Package, present design.Snapshot, at time.Time) string {
	older := pack.Content.Offers[name]
	if older.Retired {
		return ""
	}
	entry, designed := present.Offers[name]
	if !designed {
		return "it was deleted"
	}
	if entry.Spec.Retired {
		return "it is retired"
	}
	for _, expires := range []*time.Time{entry.Spec.Expires, older.Expires} {
		if expires != nil && !expires.After(at) {
			return fmt.Sprintf("it expired at %s", expires.UTC().Format(time.RFC3339))
		}
	}
	if campaign := present.Campaigns[older.Campaign].Spec; campaign.End != nil && !campaign.End.After(at) {
		return fmt.Sprintf("its campaign %s ended at %s", older.Campaign, campaign.End.UTC().Format(time.RFC3339))
	}
	return ""
}
