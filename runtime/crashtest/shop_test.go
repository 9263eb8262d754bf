package crashtest

import (
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
)

// shop has offers for everybody: one that is given to all customers together so
// often at most, and others among which is chosen by what was learned.
func shop(allowed int) bundle.Content {
	score := func(s float64) *float64 { return &s }
	fixed := false
	return bundle.Content{
		AudienceLevels: map[string]definition.AudienceLevel{"customer": {
			Key:     []definition.Attribute{{Name: "id", Type: definition.Text}},
			Profile: []definition.Attribute{{Name: "region", Type: definition.Text}, {Name: "visits", Type: definition.Whole}},
		}},
		Offers: map[string]definition.Offer{
			"capped": {Limits: &definition.OfferLimits{Total: &definition.Limit{Presentations: allowed}}},
			"card":   {}, "loan": {}, "fund": {},
		},
		LearningModels: map[string]definition.LearningModel{"by-region": {
			Algorithm: definition.BetaBernoulli, AudienceLevel: "customer", Attributes: []string{"region"},
		}},
		Channel:           definition.Channel{Solution: "cards", AudienceLevels: []string{"customer"}, Learning: "by-region"},
		Zones:             map[string]definition.Zone{"top": {}},
		InteractionPoints: map[string]definition.InteractionPoint{"hero": {Zone: "top", Default: "welcome"}},
		Events: map[string]definition.Event{
			"accepted": {Actions: []definition.EventAction{{Do: definition.LogAcceptance}}},
			"rejected": {Actions: []definition.EventAction{{Do: definition.LogRejection}}},
			"visited":  {Actions: []definition.EventAction{{Do: definition.SetProfile, Set: map[string]string{"visits": "profile.visits + 1"}}}},
		},
		Strategies: map[string]definition.Strategy{"all": {Rules: []definition.TreatmentRule{
			{Name: "capped", Offer: "capped", Score: score(100), Learning: &fixed},
			{Name: "card", Offer: "card", Score: score(60)},
			{Name: "loan", Offer: "loan", Score: score(50)},
			{Name: "fund", Offer: "fund", Score: score(40)},
		}}},
	}
}
