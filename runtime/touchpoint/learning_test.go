package touchpoint_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/runtime/learning"
	"github.com/switchyard/switchyard/runtime/learning/learningpg"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// regions learns by the region; loan and fund are offered to everybody like card.
func regions(change ...func(*definition.LearningModel)) func(*bundle.Content) {
	return func(c *bundle.Content) {
		d := definition.LearningModel{Algorithm: definition.BetaBernoulli, AudienceLevel: "customer", Attributes: []string{"region"}}
		for _, f := range change {
			f(&d)
		}
		c.LearningModels = map[string]definition.LearningModel{"by-region": d}
		c.Channel.Learning = "by-region"
		c.Channel.PresentationsPerVisit = 0
		c.Zones["side"] = definition.Zone{Learning: definition.LearningOff}
		rules := []definition.TreatmentRule{}
		for offer, score := range map[string]float64{"card": 80, "loan": 60, "fund": 40} {
			rules = append(rules, definition.TreatmentRule{Name: offer, Offer: offer, Score: of(score)})
		}
		slices.SortFunc(rules, func(a, b definition.TreatmentRule) int { return int(*b.Score - *a.Score) })
		c.Strategies["main"] = definition.Strategy{Rules: rules}
		c.HistoryMappings = nil
	}
}

// taught is a source of statistics that a test made.
type taught struct{ *learning.Statistics }

func (s taught) Read(_ context.Context, _, _ string, after int64) ([]learning.Row, int64, error) {
	if after > 0 {
		return nil, after, nil
	}
	return s.Rows(), 1, nil
}

// teach serves the shop with a model that has seen so many presentations of an
// offer in the north, and how many of them were accepted.
func teach(t *testing.T, seen map[string][2]int64, change ...func(*definition.LearningModel)) *testBundle {
	t.Helper()
	b := setup(t, regions(change...))
	var book learning.Book
	b.options.Learning = &book
	b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
	b.start("first", ada()) // the version is followed from the first session on
	content := b.served.Serving("web").Compiled.Package.Content
	level := content.AudienceLevels["customer"]
	layout := learning.NewLayout(content.LearningModels["by-region"], slices.Concat(level.Key, level.Profile))
	s := learning.NewStatistics(layout.Shape())
	var north learning.Context
	layout.Context(&north, map[string]any{"region": "north"}, b.clock.Now())
	for _, offer := range slices.Sorted(maps.Keys(seen)) {
		s.Add(learning.Observation{Offer: offer, Context: north, Presented: seen[offer][0], Accepted: seen[offer][1], At: b.clock.Now()})
	}
	require.NoError(t, book.Refresh(t.Context(), taught{s}, b.clock.Now()))
	return b
}

// all that is known of the north: customers there like funds.
var north = map[string][2]int64{"card": {1000, 10}, "loan": {1000, 200}, "fund": {1000, 600}}

func TestLearning(t *testing.T) {
	t.Parallel()

	t.Run("BeatsTheScoresOfRules", func(t *testing.T) {
		t.Parallel()
		b := teach(t, north)
		b.start("s", ada())
		list := b.offers("s", "banner")
		require.Equal(t, []string{"fund", "loan", "card"}, codes(list))
		require.InDelta(t, 60, list.Offers[0].Score, 8, "in percent")
		contact := b.history.written[0]
		require.Equal(t, decision.FromLearning, contact.Source)
		require.Equal(t, "by-region", contact.Learning)
		trace, err := learning.ParseTrace(contact.Columns[learning.TraceColumn].(string))
		require.NoError(t, err)
		require.NotEmpty(t, trace.Shape.Key)

		a := b.GetOffers(b.ctx, "s", wanted(1, "banner"))
		require.Equal(t, []string{"fund"}, codes(a.OfferLists[0]))
		require.InDelta(t, 1, b.history.written[3].Propensity, 0, "nothing else could have been chosen")
		require.Equal(t, []string{"card", "loan", "fund"}, codes(b.offers("s", "box")), "learning is off there")
		require.Empty(t, b.history.written[4].Columns)
	})

	t.Run("KeepsOfTheFirstPlaceWhatJudgesOtherPolicies", func(t *testing.T) {
		t.Parallel()
		b := teach(t, north, func(d *definition.LearningModel) { d.Exploration = 0.3 })
		b.start("s", ada())
		list := b.offers("s", "banner")
		choice, err := learning.ParseChoice(b.history.written[0].Columns[learning.ChoiceColumn].(string))
		require.NoError(t, err)
		require.Equal(t, "card", choice.Baseline, "the rule with the highest score")
		require.Equal(t, []string{"card", "fund", "loan"}, choice.Candidates)
		require.InDelta(t, 0.3, choice.Exploration, 0)
		want := map[string]float64{"fund": 0.7 + 0.1, "card": 0.1, "loan": 0.1}[list.Offers[0].Offer]
		require.InDelta(t, want, choice.Propensity, 1e-5, "of the first place, where being in the list is certain")
		require.InDelta(t, 1, b.history.written[0].Propensity, 0)
		for _, other := range b.history.written[1:3] {
			require.NotContains(t, other.Columns, learning.ChoiceColumn, "of the first place alone")
		}
	})

	t.Run("KeepsNothingOfTheFirstPlaceWhereRulesKeepTheirScoresBesideLearnedOnes", func(t *testing.T) {
		t.Parallel()
		b := teach(t, north)
		b.deploy(2, regions(), func(c *bundle.Content) {
			c.Strategies["main"].Rules[2].Learning = of(false) // fund: 40
		})
		b.start("s", ada())
		b.offers("s", "banner")
		require.Contains(t, b.history.written[1].Columns, learning.TraceColumn)
		for _, contact := range b.history.written {
			require.NotContains(t, contact.Columns, learning.ChoiceColumn)
		}
	})

	t.Run("ExplainsWhatItDecides", func(t *testing.T) {
		t.Parallel()
		b := teach(t, map[string][2]int64{"card": {3, 1}, "loan": {3, 1}, "fund": {3, 1}})
		b.start("s", ada())
		plain := b.offers("s", "banner")
		b.SetDebug(b.ctx, "s", touchpoint.SetDebug{Debug: true})
		require.Equal(t, codes(plain), codes(b.offers("s", "banner")), "the same session at the same instant")
	})

	t.Run("KnowsNothingOfOtherAudienceLevels", func(t *testing.T) {
		t.Parallel()
		b := teach(t, north)
		b.start("s", touchpoint.Start{Channel: "web", Audience: touchpoint.Audience{Level: "account", ID: map[string]any{"branch": 1, "number": "7"}}})
		require.Equal(t, []string{"fund"}, codes(b.offers("s", "banner")))
		require.Equal(t, decision.FromRule, b.history.written[0].Source)
		require.Empty(t, b.history.written[0].Columns)
		require.InDelta(t, 1, b.history.written[0].Propensity, 0)
	})

	t.Run("LeavesRulesTheirScoresThatSaySo", func(t *testing.T) {
		t.Parallel()
		b := teach(t, north)
		b.deploy(2, regions(), func(c *bundle.Content) {
			c.Strategies["main"].Rules[0].Learning = of(false)
		})
		b.start("s", ada())
		require.Equal(t, "card", codes(b.offers("s", "banner"))[0])
		require.Empty(t, b.history.written[0].Columns)
	})

	t.Run("GoesByTheRulesUntilStatisticsWereRead", func(t *testing.T) {
		t.Parallel()
		b := setup(t, regions())
		b.options.Learning = &learning.Book{}
		b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
		b.start("s", ada())
		require.Equal(t, []string{"card", "loan", "fund"}, codes(b.offers("s", "banner")))
		contact := b.history.written[0]
		require.Equal(t, decision.FromRule, contact.Source)
		require.InDelta(t, 1, contact.Propensity, 0)
		require.Contains(t, contact.Columns, learning.TraceColumn, "and is learned from all the same")
		require.NotContains(t, contact.Columns, learning.ChoiceColumn, "chance had no part in it")
	})

	t.Run("ExploresWhileItWaitsForTheMinimum", func(t *testing.T) {
		t.Parallel()
		b := teach(t, map[string][2]int64{"card": {1000, 10}, "loan": {1000, 200}}, func(d *definition.LearningModel) {
			d.MinimumPresentations, d.Exploration = 5, 0.3
		})
		b.start("s", ada())
		chosen := map[string]int{}
		for range 400 {
			b.clock.Pass(time.Second / 10)
			a := b.GetOffers(b.ctx, "s", wanted(1, "banner"))
			offer := a.OfferLists[0].Offers[0].Offer
			contact := b.history.written[len(b.history.written)-1]
			chosen[offer]++
			if offer == "card" { // the marketer's choice, or by chance
				require.InDelta(t, 0.7+0.1, contact.Propensity, 1e-12)
			} else {
				require.InDelta(t, 0.1, contact.Propensity, 1e-12)
				require.Equal(t, decision.FromLearning, contact.Source)
			}
		}
		require.InDelta(t, 320, chosen["card"], 40)
		require.InDelta(t, 40, chosen["loan"], 30)
		require.InDelta(t, 40, chosen["fund"], 30)
	})
}

// TestLearningOnRealStores answers customers of two regions, who accept one offer
// each, until it offers them what they accept.
func TestLearningOnRealStores(t *testing.T) {
	t.Parallel()
	g := setup(t, regions())
	db := postgrestest.Open(t, postgrestest.New(t, migration.Solution))
	var book learning.Book
	recorder := history.NewRecorder(historypg.New(db).With(learningpg.Learn), history.Options{})
	ctx, cancel := context.WithCancel(g.ctx)
	running := make(chan error, 1)
	go func() { running <- recorder.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-running)
	})
	o := g.options
	o.Learning, o.NewTreatment = &book, nil
	s := touchpoint.New(g.sessions, g.served, recorder, o)
	keeper := learningpg.NewKeeper(learningpg.New(db), &book, learningpg.Options{Now: g.clock.Now})

	likes := map[string]string{"north": "fund", "south": "loan"}
	right := 0
	for visit := range 200 {
		require.NoError(t, keeper.Refresh(g.ctx))
		region := []string{"north", "south"}[visit%2]
		g.clock.Pass(time.Second)
		require.Equal(t, touchpoint.Success, s.StartSession(g.ctx, "s", touchpoint.Start{Channel: "web", Profile: map[string]any{"region": region, "age": 40}}).Status)
		a := s.GetOffers(g.ctx, "s", wanted(1, "banner"))
		require.Equal(t, touchpoint.Success, a.Status, a.Messages)
		offer := a.OfferLists[0].Offers[0]
		if offer.Offer == likes[region] {
			a := s.PostEvent(g.ctx, "s", touchpoint.PostEvent{Event: "accepted", Treatment: offer.Treatment})
			require.Equal(t, touchpoint.Success, a.Status, a.Messages)
			if visit >= 100 {
				right++
			}
		}
	}
	t.Logf("%d of the last 100 visitors were offered what they accept", right)
	require.Greater(t, right, 80)
}
