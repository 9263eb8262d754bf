package design_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

func TestSaveRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	b.mustSave("household", definition.AudienceLevel{
		Key: []definition.Attribute{{Name: "householdId", Type: definition.Text}}, Profile: []definition.Attribute{{Name: "size", Type: definition.Whole}},
	})
	b.mustSave("login", definition.Event{Parameters: []definition.Attribute{{Name: "device", Type: definition.Text}}})
	b.mustSave("promo", definition.Event{Actions: []definition.EventAction{{Do: definition.TriggerEvents, Events: []string{"login"}}}})
	b.mustSave("senior", definition.Macro{AudienceLevel: "customer", Type: definition.Boolean, Expression: "macro.grown_up && profile.age > 65"})

	unknownOffer := winback("")
	unknownOffer.Rules[0].Offer, unknownOffer.Rules[0].Zone = "silver", "bottom"
	foreignLevel := winback("")
	foreignLevel.AudienceLevel = "household"
	snapshotting := sorting("")
	snapshotting.Boxes[1].Type, snapshotting.Boxes[1].Attributes = definition.BoxSnapshot, []string{"age", "shoeSize"}
	for _, test := range []struct {
		name  string
		give  definition.Document
		typ   string
		paths []string
	}{
		{"winback", winback("profile.agee > 3"), "malformed-definition", []string{"spec.rules[0].when"}},
		{"winback", winback("profile.age"), "malformed-definition", []string{"spec.rules[0].when"}},
		{"winback", winback("profile.age > 3 &&"), "malformed-definition", []string{"spec.rules[0].when"}},
		{"winback", unknownOffer, "missing-reference", []string{"spec.rules[0].zone", "spec.rules[0].offer"}},
		{"winback", foreignLevel, "malformed-definition", []string{"spec.audienceLevel"}},
		{"sorting", sorting("derived.none > 3"), "malformed-definition", []string{"spec.boxes[1].when"}},
		{"sorting", snapshotting, "malformed-definition", []string{"spec.boxes[1].attributes[1]"}},
		{"gold", definition.Offer{Attributes: map[string]any{"annual-fee": "much"}}, "malformed-definition", []string{"spec.attributes.annual-fee"}},
		{"gold", definition.Offer{Attributes: map[string]any{"color": "red"}}, "missing-reference", []string{"spec.attributes.color"}},
		{"gold", definition.Offer{Campaign: "spring"}, "missing-reference", []string{"spec.campaign"}},
		{"gold", definition.Offer{Computed: map[string]string{"annual-fee": "profile.country"}}, "malformed-definition", []string{"spec.computed.annual-fee"}},
		{"grown-up", definition.Macro{AudienceLevel: "customer", Type: definition.Boolean, Expression: "macro.senior"}, "malformed-definition", nil},
		{"login", definition.Event{Actions: []definition.EventAction{{Do: definition.TriggerEvents, Events: []string{"promo"}}}},
			"malformed-definition", []string{"spec.actions[0].events[0]"}},
		{"streak", definition.EventPattern{Logic: definition.MatchAll, Members: []definition.PatternMember{{Event: "login", When: "event.screen == 'x'"}}},
			"malformed-definition", []string{"spec.members[0].when"}},
		{"model", definition.LearningModel{Algorithm: definition.Linear, AudienceLevel: "customer", Attributes: []string{"shoeSize"}},
			"malformed-definition", []string{"spec.attributes[0]"}},
		{"web", definition.Channel{Solution: "cars", ServerGroups: []string{"none"}, AudienceLevels: []string{"customer"}},
			"solution-fixed", []string{"spec.solution"}}, // nothing is told of another solution
		{"shop", definition.Channel{Solution: "cars", ServerGroups: []string{"production"}, AudienceLevels: []string{"customer"}},
			"missing-reference", []string{"spec.solution"}},
		{"web", definition.Channel{Solution: "cards", ServerGroups: []string{"production", "test"}, AudienceLevels: []string{"customer"}},
			"missing-reference", []string{"spec.serverGroups[1]"}},
		{"web", definition.Channel{Solution: "cards", ServerGroups: []string{"staging"}, AudienceLevels: []string{"customer"}},
			"invalid-input", []string{"spec.serverGroups"}},
		{"web", definition.Channel{Solution: "loans", ServerGroups: []string{"production"}, AudienceLevels: []string{"customer"}},
			"solution-fixed", []string{"spec.solution"}},
		{"wеb", web, "malformed-name", []string{"name"}}, // a Cyrillic е
	} {
		_, err := b.save(test.name, test.give)
		requireFault(t, test.typ, err, test.paths...)
	}

	_, err := b.save("grown-up", definition.Macro{AudienceLevel: "customer", Type: definition.Boolean, Expression: "macro.senior"})
	require.ErrorContains(t, err, "grown-up → senior → grown-up")
	_, err = b.save("login", definition.Event{Actions: []definition.EventAction{{Do: definition.TriggerEvents, Events: []string{"promo"}}}})
	require.ErrorContains(t, err, "login → promo → login")
}

// TestChangeThatWouldBreakOthers holds that what was right when it was saved stays
// right: the refusal names what would break.
func TestChangeThatWouldBreakOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	b.mustSave("login", definition.Event{Parameters: []definition.Attribute{{Name: "device", Type: definition.Text}}})
	b.mustSave("streak", definition.EventPattern{Logic: definition.MatchAll, Members: []definition.PatternMember{{Event: "login", When: "event.device == 'phone'"}}})
	b.mustSave("household", definition.AudienceLevel{
		Key: []definition.Attribute{{Name: "householdId", Type: definition.Text}}, Profile: []definition.Attribute{{Name: "size", Type: definition.Whole}},
	})
	b.mustSave("german", definition.Strategy{Rules: []definition.TreatmentRule{{Name: "only", Offer: "gold", When: "profile.country == 'DE'"}}})

	noCountry, noAge := customer, customer
	noCountry.Profile = customer.Profile[:1]
	noAge.Profile = customer.Profile[1:]
	households := web
	households.AudienceLevels = []string{"household"}
	for _, test := range []struct {
		name  string
		give  definition.Document
		paths []string
	}{
		{"customer", noCountry, []string{"channels/web/strategies/german.rules[0].when"}},
		{"customer", noAge, []string{"macros/grown-up.expression"}},
		{"grown-up", definition.Macro{AudienceLevel: "customer", Type: definition.Whole, Expression: "profile.age"},
			[]string{"channels/web/flowcharts/sorting.boxes[1].when"}},
		{"annual-fee", definition.OfferAttribute{Type: definition.Text}, nil},
		{"colour", definition.OfferAttribute{Type: definition.Text, Required: true}, []string{"offers/gold.attributes.colour"}},
		{"login", definition.Event{}, []string{"channels/web/event-patterns/streak.members[0].when"}},
		{"web", households, nil},
	} {
		_, err := b.save(test.name, test.give)
		f := requireFault(t, "breaks-users", err, test.paths...)
		require.Equal(t, fault.Conflict, f.Kind)
		require.NotEmpty(t, f.Places, test.name)
	}

	wider := customer
	wider.Profile = append(append([]definition.Attribute{}, customer.Profile...), definition.Attribute{Name: "income", Type: definition.Number})
	b.mustSave("customer", wider)
	b.mustSave("grown-up", definition.Macro{AudienceLevel: "customer", Type: definition.Boolean, Expression: "profile.age >= 21 && profile.income > 0.0"})
	require.NoError(t, b.Delete(t.Context(), ada, b.tenant, of(definition.KindStrategy, "german"), tenants.AnyVersion))
	wider.Profile = append([]definition.Attribute{}, customer.Profile[0], wider.Profile[2])
	b.mustSave("customer", wider)
}

// TestARefusedChangeIsForgotten holds that what was checked in vain is not what
// later documents are checked against.
func TestARefusedChangeIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	noAge := customer
	noAge.Profile = []definition.Attribute{{Name: "country", Type: definition.Text}, {Name: "vip", Type: definition.Boolean}}
	_, err := b.save("customer", noAge)
	requireFault(t, "breaks-users", err)
	_, err = b.save("winback", winback("profile.vip"))
	requireFault(t, "malformed-definition", err, "spec.rules[0].when")
	b.mustSave("winback", winback("profile.age > 50"))
}

func TestInUse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.basics()
	for reference, paths := range map[definition.Reference][]string{
		of(definition.KindAudienceLevel, "customer"):    {"channels/web.audienceLevels[0]", "macros/grown-up.audienceLevel"},
		of(definition.KindMacro, "grown-up"):            {"channels/web/flowcharts/sorting.boxes[1].when"},
		of(definition.KindOfferAttribute, "annual-fee"): {"offers/gold.attributes.annual-fee", "channels/web/strategies/winback.rules[0].when"},
		of(definition.KindOffer, "gold"):                {"channels/web/strategies/winback.rules[0].offer"},
		of(definition.KindSegment, "adults"):            {"channels/web/flowcharts/sorting.boxes[2].segment", "channels/web/strategies/winback.rules[0].segment"},
		of(definition.KindZone, "top"):                  {"channels/web/strategies/winback.rules[0].zone"},
		of(definition.KindChannel, "web"):               {"channels/web/flowcharts/sorting", "channels/web/strategies/winback", "channels/web/zones/top"},
	} {
		err := b.Delete(t.Context(), ada, b.tenant, reference, tenants.AnyVersion)
		require.Equal(t, fault.Conflict, requireFault(t, "in-use", err, paths...).Kind, "%s", reference)
	}

	b.mustSave("winback", winback(""))
	require.NoError(t, b.Delete(t.Context(), ada, b.tenant, of(definition.KindStrategy, "winback"), tenants.AnyVersion))
	b.mustSave("gold", definition.Offer{})
	for _, reference := range []definition.Reference{
		of(definition.KindOfferAttribute, "annual-fee"), of(definition.KindOffer, "gold"), of(definition.KindFlowchart, "sorting"),
		of(definition.KindZone, "top"), of(definition.KindChannel, "web"), of(definition.KindMacro, "grown-up"),
		of(definition.KindAudienceLevel, "customer"),
	} {
		require.NoError(t, b.Delete(t.Context(), ada, b.tenant, reference, tenants.AnyVersion), "%s", reference)
	}
	loans := web
	loans.Solution = "loans"
	b.mustSave("customer", customer)
	_, err := b.save("web", loans)
	requireFault(t, "solution-fixed", err)
	b.mustSave("web", web)
}

func TestInUseNamesTwentyUsersAndHowManyThereAre(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.mustSave("spring", definition.Campaign{})
	for i := range 25 {
		b.mustSave("offer-"+string(rune('a'+i)), definition.Offer{Campaign: "spring"})
	}
	f := requireFault(t, "in-use", b.Delete(t.Context(), ada, b.tenant, of(definition.KindCampaign, "spring"), tenants.AnyVersion))
	require.Len(t, f.Places, 20)
	require.Contains(t, f.Message, "25")
}

func TestPutAnotherKindOrChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, _, err := b.Put(t.Context(), ada, b.tenant, of(definition.KindOffer, "gold"), design.NoVersion, design.Draft{Spec: definition.Campaign{}})
	requireFault(t, "invalid-input", err, "spec")
	_, err = b.save("top", definition.Zone{})
	require.True(t, fault.Is(err, fault.NotFound), "there is no such channel: %v", err)
}
