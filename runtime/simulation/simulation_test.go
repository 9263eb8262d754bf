package simulation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
	"github.com/switchyard/switchyard/runtime/segment"
	"github.com/switchyard/switchyard/runtime/simulation"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func score(n float64) *float64 { return &n }

// target has a flowchart by age and a strategy with a rule for every reason not to
// win.
func target(t *testing.T) simulation.Target {
	t.Helper()
	ages := definition.Flowchart{Boxes: []definition.Box{
		{Name: "in", Type: definition.BoxInteraction, Next: []string{"age"}},
		{Name: "age", Type: definition.BoxDecision, Branches: []definition.Branch{
			{Name: "young", When: "profile.age < 30", Next: []string{"young"}}, {Name: "ancient", When: "profile.age > 200", Next: []string{"ancient"}}},
			Otherwise: []string{"grown"}},
		{Name: "young", Type: definition.BoxSegment, Segment: "young"},
		{Name: "ancient", Type: definition.BoxSegment, Segment: "ancient"},
		{Name: "grown", Type: definition.BoxSegment, Segment: "grown"},
	}}
	level := definition.AudienceLevel{Key: []definition.Attribute{{Name: "id", Type: definition.Text}},
		Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}}}
	s, err := scope.New(scope.Definitions{AudienceLevels: map[string]definition.AudienceLevel{"customer": level, "household": level},
		Flowcharts: map[string]definition.Flowchart{"ages": ages}})
	require.NoError(t, err)
	customer, _ := s.Level("customer")
	f, err := segment.Compile(customer, "ages", ages)
	require.NoError(t, err)

	past := noon.AddDate(0, 0, -1)
	d := decision.Definitions{
		Channel:           definition.Channel{AudienceLevels: []string{"customer", "household"}},
		Zones:             map[string]definition.Zone{"top": {}, "empty": {}},
		InteractionPoints: map[string]definition.InteractionPoint{"banner": {Zone: "top", Default: "hello"}},
		Offers:            map[string]definition.Offer{"idle": {}},
		Strategies: map[string]definition.Strategy{"household": {AudienceLevel: "household", Rules: []definition.TreatmentRule{{Name: "r", Offer: "household"}}},
			"main": {Rules: []definition.TreatmentRule{
				{Offer: "youth", Segment: "young", Score: score(90)},
				{Offer: "card", Score: score(80), When: "profile.age < 60"},
				{Offer: "outscored", When: "profile.age < 60"},
				{Offer: "disabled", Disabled: true},
				{Offer: "retired"},
				{Offer: "expired", Expires: &past},
				{Offer: "elsewhere", Zone: "empty"},
				{Offer: "unassigned", Segment: "nobody"},
				{Offer: "ancient", Segment: "ancient"},
				{Offer: "constant", When: "1 > 2"},
				{Offer: "ineligible", When: "profile.age > 100"},
				{Offer: "unscored", ScoreExpression: "1.0 / 0.0"},
				{Name: "worse", Offer: "card", Score: score(1), When: "profile.age < 60"},
			}}},
	}
	for name, strategy := range d.Strategies {
		for i, r := range strategy.Rules {
			d.Offers[r.Offer] = definition.Offer{Retired: r.Offer == "retired"}
			if r.Name == "" {
				d.Strategies[name].Rules[i].Name = r.Offer
			}
		}
	}
	m, err := decision.Compile(s, d)
	require.NoError(t, err)
	return simulation.Target{Scope: s, Flowcharts: []*segment.Flowchart{f}, Model: m}
}

// profiles are aged 0, 10, … 90, and one has no age.
func profiles() []simulation.Profile {
	all := []simulation.Profile{{Level: "customer", Key: "unknown"}}
	for age := int64(0); age < 100; age += 10 {
		all = append(all, simulation.Profile{Level: "customer", Key: fmt.Sprint(age), Attributes: map[string]any{"age": age}})
	}
	return all
}

func run(target simulation.Target, o simulation.Options, profiles []simulation.Profile) (simulation.Report, error) {
	s, err := simulation.New(target, o)
	if err != nil {
		return simulation.Report{}, err
	}
	for _, p := range profiles {
		if err := s.Add(p); err != nil {
			return simulation.Report{}, err
		}
	}
	return s.Report(), nil
}

func TestSimulation(t *testing.T) {
	t.Parallel()
	r, err := run(target(t), simulation.Options{Now: noon, Samples: 2}, profiles())
	require.NoError(t, err)
	require.Equal(t, 11, r.Profiles)

	t.Run("CountsPerBoxAndSegment", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "ages", r.Flowcharts[0].Name)
		require.Equal(t, 11, r.Flowcharts[0].Runs)
		age := r.Flowcharts[0].Boxes[1]
		require.Equal(t, []simulation.BranchReport{{Name: "young", Visitors: 3}, {Name: "ancient"}}, age.Branches)
		require.Equal(t, []any{11, 11, 1, "unknown"}, []any{age.Visitors, age.Passed, age.Failed, age.FailedKey})
		require.Contains(t, age.Failure, "branches[0].when: ")
		require.Equal(t, []simulation.SegmentReport{{Name: "ancient"}, {Name: "grown", Visitors: 8}, {Name: "young", Visitors: 3}}, r.Segments)
	})
	t.Run("CountsWinsAndReasons", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []simulation.PointReport{{Name: "banner", Decisions: 11, Default: 5}}, r.Points)
		youth, card := find(t, r, "youth"), find(t, r, "card")
		require.Equal(t, 3, youth.Won)
		require.Equal(t, map[decision.Reason]int{decision.NotInSegment: 8}, youth.Dropped)
		require.Equal(t, 3, card.Won)
		require.Equal(t, map[decision.Reason]int{decision.Outscored: 3, decision.Duplicate: 6, decision.NotEligible: 8, decision.ConditionFailed: 2}, card.Dropped)
		require.Nil(t, card.Never)
	})
	t.Run("SaysWhatNeverWonAndWhy", func(t *testing.T) {
		t.Parallel()
		for code, want := range map[string]simulation.Never{
			"idle":       {Certain: true, Why: simulation.NoRule},
			"disabled":   {Certain: true, Why: simulation.Disabled},
			"retired":    {Certain: true, Why: simulation.Retired},
			"expired":    {Certain: true, Why: simulation.OutOfDate},
			"elsewhere":  {Certain: true, Why: simulation.NoPoint},
			"unassigned": {Certain: true, Why: simulation.NoFlowchart},
			"constant":   {Certain: true, Why: simulation.ConstantFalse},
			"ancient":    {Why: simulation.NobodyInIt},
			"ineligible": {Why: simulation.NeverEligible},
			"unscored":   {Why: simulation.NeverScored},
			"household":  {Why: simulation.OtherLevel},
			"outscored":  {Why: simulation.AlwaysOutscored, By: "card"},
		} {
			got := find(t, r, code).Never
			require.NotNil(t, got, code)
			require.NotEmpty(t, got.Text, code)
			got.Text = ""
			require.Equal(t, want, *got, code)
		}
		for _, rule := range r.Rules {
			if rule.Name == "worse" {
				require.Equal(t, simulation.AlwaysWorse, rule.Never.Why)
			}
		}
	})
	t.Run("ShowsTheFirstProfiles", func(t *testing.T) {
		t.Parallel()
		require.Len(t, r.Samples, 2)
		require.Equal(t, "0", r.Samples[1].Key)
		require.Equal(t, []string{"young"}, r.Samples[1].Segments)
		require.Equal(t, []string{"in", "age", "young"}, r.Samples[1].Runs[0].Boxes)
		require.Equal(t, []simulation.SampleOffers{{Point: "banner", Offers: []string{"youth"}}}, r.Samples[1].Offers)
		require.Len(t, r.Samples[0].Runs[0].Failures, 1)
	})
}

func find(t *testing.T, r simulation.Report, code string) simulation.OfferReport {
	t.Helper()
	for _, o := range r.Offers {
		if o.Code == code {
			return o
		}
	}
	t.Fatal("no offer ", code)
	return simulation.OfferReport{}
}

func TestTheReportDoesNotDependOnHowProfilesAreSpread(t *testing.T) {
	t.Parallel()
	target := target(t)
	o := simulation.Options{Now: noon, Samples: 4, Count: 2}
	want, err := simulation.New(target, o)
	require.NoError(t, err)
	for _, p := range profiles() {
		require.NoError(t, want.Add(p))
	}
	for parts := 1; parts <= 5; parts++ {
		got, err := simulation.New(target, o)
		require.NoError(t, err)
		all := profiles()
		for part := range parts {
			s, err := simulation.New(target, o)
			require.NoError(t, err)
			for _, p := range all[part*len(all)/parts : (part+1)*len(all)/parts] {
				require.NoError(t, s.Add(p))
			}
			got.Merge(s)
		}
		require.Equal(t, want.Report(), got.Report())
	}
}

func TestATestRunNeedsNoModel(t *testing.T) {
	t.Parallel()
	target := target(t)
	target.Model = nil
	r, err := run(target, simulation.Options{}, profiles())
	require.NoError(t, err)
	require.Len(t, r.Segments, 3)
	require.Empty(t, r.Offers)
}

func TestWhatThereIsNotIsRefused(t *testing.T) {
	t.Parallel()
	_, err := run(target(t), simulation.Options{Points: []string{"nowhere"}}, nil)
	require.True(t, fault.Is(err, fault.Invalid), err)
	_, err = run(target(t), simulation.Options{}, []simulation.Profile{{Level: "company"}})
	require.True(t, fault.Is(err, fault.Invalid), err)
}
