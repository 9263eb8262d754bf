package design_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

// incoming is an object of an import in channel web, or in the tenant.
func incoming(name string, spec definition.Document) design.Incoming {
	return design.Incoming{Reference: of(spec.Kind(), name), Draft: design.Draft{Spec: spec}}
}

func (b testBundle) whats(outcomes []design.Outcome) []design.What {
	var all []design.What
	for _, outcome := range outcomes {
		all = append(all, outcome.What)
	}
	return all
}

func person(attributes ...definition.Attribute) definition.AudienceLevel {
	return definition.AudienceLevel{Key: []definition.Attribute{{Name: "id", Type: definition.Whole}}, Profile: attributes}
}

func age() definition.Attribute { return definition.Attribute{Name: "age", Type: definition.Whole} }

func TestImport(t *testing.T) {
	t.Parallel()
	web := definition.Channel{Solution: "cards", ServerGroups: []string{"production"}, AudienceLevels: []string{"person"}}
	all := []design.Incoming{
		incoming("winback", definition.Strategy{Rules: []definition.TreatmentRule{{Name: "a", Offer: "gold", When: "profile.age > 30"}}}),
		incoming("gold", definition.Offer{Suppress: &definition.Suppression{Also: []string{"silver"}}}),
		incoming("silver", definition.Offer{Suppress: &definition.Suppression{Also: []string{"gold"}}}),
		incoming("web", web),
		incoming("person", person(age())),
	}

	t.Run("TakesObjectsInAnyOrderThatNameEachOtherInACircle", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		outcomes, err := b.Import(t.Context(), ada, b.tenant, all, false)
		require.NoError(t, err)
		require.Equal(t, []design.What{design.Created, design.Created, design.Created, design.Created, design.Created}, b.whats(outcomes))
		outcomes, err = b.Import(t.Context(), ada, b.tenant, all, false)
		require.NoError(t, err)
		require.Equal(t, []design.What{"", "", "", "", ""}, b.whats(outcomes), "what is there already is left alone")

		err = b.Delete(t.Context(), ada, b.tenant, of(definition.KindOffer, "gold"), 1)
		requireFault(t, "in-use", err, "offers/silver.suppress.also[0]", "channels/web/strategies/winback.rules[0].offer")
		exported, err := b.Export(t.Context(), b.tenant, "")
		require.NoError(t, err)
		require.Len(t, exported, 5)
		require.Equal(t, definition.KindAudienceLevel, exported[0].Kind)
		require.Equal(t, definition.KindStrategy, exported[4].Kind)
	})

	t.Run("ChangesADeclarationTogetherWithWhatUsesIt", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, err := b.Import(t.Context(), ada, b.tenant, all, false)
		require.NoError(t, err)
		renamed := person(definition.Attribute{Name: "years", Type: definition.Whole})
		_, err = b.Import(t.Context(), ada, b.tenant, []design.Incoming{incoming("person", renamed)}, false)
		requireFault(t, "breaks-users", err, "channels/web/strategies/winback.rules[0].when")
		outcomes, err := b.Import(t.Context(), ada, b.tenant, []design.Incoming{
			incoming("person", renamed),
			incoming("winback", definition.Strategy{Rules: []definition.TreatmentRule{{Name: "a", Offer: "gold", When: "profile.years > 30"}}}),
		}, false)
		require.NoError(t, err)
		require.Equal(t, []design.What{design.Edited, design.Edited}, b.whats(outcomes))
		require.NotEmpty(t, outcomes[1].Differences)
	})

	t.Run("KeepsNothingOfADryRunOrOfAFailure", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		outcomes, err := b.Import(t.Context(), ada, b.tenant, all, true)
		require.NoError(t, err)
		require.Equal(t, design.Created, outcomes[0].What)
		broken := append([]design.Incoming{}, all...)
		broken = append(broken, incoming("top", definition.InteractionPoint{Zone: "nowhere", Default: "-"}),
			incoming("late", definition.Strategy{Rules: []definition.TreatmentRule{{Name: "a", Offer: "gold", When: "profile.agee > 3"}}}))
		_, err = b.Import(t.Context(), ada, b.tenant, broken, false)
		requireFault(t, "malformed-definition", err, "objects[5].spec.zone", "objects[6].spec.rules[0].when")
		exported, err := b.Export(t.Context(), b.tenant, "")
		require.NoError(t, err)
		require.Empty(t, exported)
	})

	t.Run("RefusesTooManyOfAKindBeforeItWritesAny", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		many := make([]design.Incoming, design.MaxObjects+1)
		for i := range many {
			many[i] = incoming(fmt.Sprintf("s%d", i), definition.Segment{})
		}
		_, err := b.Import(t.Context(), ada, b.tenant, many, false)
		requireFault(t, "too-many-objects", err, fmt.Sprintf("objects[%d]", design.MaxObjects))
	})

	t.Run("RefusesWhatIsMarkedAndWhatComesTwice", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, err := b.Import(t.Context(), ada, b.tenant, all, false)
		require.NoError(t, err)
		_, err = b.Mark(t.Context(), ada, b.tenant, of(definition.KindStrategy, "winback"), 1, design.ForDeployment)
		require.NoError(t, err)
		_, err = b.Import(t.Context(), ada, b.tenant, all, false)
		require.NoError(t, err, "unchanged, it may be marked")
		_, err = b.Import(t.Context(), ada, b.tenant, []design.Incoming{incoming("winback", definition.Strategy{})}, false)
		require.True(t, fault.Is(err, fault.Conflict), "%v", err)
		require.ErrorContains(t, err, "channels/web/strategies/winback")
		_, err = b.Import(t.Context(), ada, b.tenant, append(all[:1:1], all[0]), false)
		requireFault(t, "malformed-definition", err, "objects[1].name")
	})

	t.Run("RefusesWhatLiesElsewhereThanItsKind", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, err := b.Import(t.Context(), ada, b.tenant, all, false)
		require.NoError(t, err)
		shadows := []design.Incoming{
			incoming("gold", definition.Offer{Retired: true}), incoming("person", person()),
			incoming("other", definition.Channel{Solution: "loans", ServerGroups: []string{"production"}, AudienceLevels: []string{"person"}}),
			incoming("top", definition.Zone{}),
		}
		for i := range shadows[:3] {
			shadows[i].Channel = "web"
		}
		shadows[3].Channel = ""
		_, err = b.Import(t.Context(), ada, b.tenant, shadows, false)
		requireFault(t, "malformed-definition", err, "objects[0].channel", "objects[1].channel", "objects[2].channel", "objects[3].channel")
		snapshot, err := b.Snapshot(t.Context(), b.tenant, "web")
		require.NoError(t, err)
		require.False(t, snapshot.Offers["gold"].Spec.Retired)
		require.Equal(t, "cards", snapshot.Channel.Spec.Solution)
	})
}
