package decisiontest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// The visitor of every decision.
const (
	Level  = "customer"
	Point  = "banner"
	Wanted = 3
)

// VisitorSegments are two of the four for which there are rules.
var VisitorSegments = []string{"young", "vip"}

// Noon is when all decisions are made.
var Noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const (
	offers     = 100
	attributes = 10 // of each sort
)

var (
	zones    = []string{"top", "side"}
	segments = []string{"young", "old", "vip", "new"}
	// sorts are how many values each text of a profile can have.
	sorts = [attributes]int{2, 2, 3, 3, 4, 4, 5, 6, 8, 8}
)

// Market has rules of four clauses: one equality, one list of two values, two
// bounds; over a profile of 20 attributes, half of them texts and half numbers. A
// quarter of the rules is for either of two zones and half for both, a fifth for
// each of four segments and a fifth for everybody. Learning says that a model takes
// part.
type Market struct {
	Scope *scope.Scope
	Model *decision.Model
	Hand  Hand
}

// NewMarket makes a market, always the same one for the same number of rules.
func NewMarket(rules int, learning bool) (*Market, error) {
	level := definition.AudienceLevel{Key: []definition.Attribute{{Name: "id", Type: definition.Text}}}
	for i := range attributes {
		level.Profile = append(level.Profile, definition.Attribute{Name: fmt.Sprintf("t%d", i), Type: definition.Text},
			definition.Attribute{Name: fmt.Sprintf("n%d", i), Type: definition.Number})
	}
	s, err := scope.New(scope.Definitions{AudienceLevels: map[string]definition.AudienceLevel{Level: level}})
	if err != nil {
		return nil, err
	}
	d := decision.Definitions{
		Channel:           definition.Channel{AudienceLevels: []string{Level}},
		Zones:             map[string]definition.Zone{zones[0]: {}, zones[1]: {}},
		InteractionPoints: map[string]definition.InteractionPoint{Point: {Zone: zones[0], Default: "hello"}},
		Offers:            map[string]definition.Offer{},
	}
	if learning {
		d.Channel.Learning = "bandit"
	}
	for i := range offers {
		d.Offers[Code(i)] = definition.Offer{}
	}
	m := &Market{Scope: s}
	var strategy definition.Strategy
	r := rand.New(rand.NewPCG(1, uint64(rules))) //nolint:gosec // a market that is always the same
	for i := range rules {
		rule, byHand := randomRule(r, i)
		strategy.Rules, m.Hand = append(strategy.Rules, rule), append(m.Hand, byHand)
	}
	d.Strategies = map[string]definition.Strategy{"all": strategy}
	m.Model, err = decision.Compile(s, d)
	return m, err
}

// Code is that of an offer, by its number.
func Code(offer int) string { return fmt.Sprintf("offer%02d", offer) }

func randomRule(r *rand.Rand, i int) (definition.TreatmentRule, Rule) {
	zone, segment := r.IntN(2*len(zones)), r.IntN(len(segments)+1)
	h := Rule{zones: 1<<len(zones) - 1, segments: 1<<(len(segments)+1) - 1, offer: r.IntN(offers), score: float64(r.IntN(1000)) / 10}
	d := definition.TreatmentRule{Name: fmt.Sprintf("r%d", i), Offer: Code(h.offer), Score: &h.score}
	if zone < len(zones) {
		d.Zone, h.zones = zones[zone], 1<<zone
	}
	if segment < len(segments) {
		d.Segment, h.segments = segments[segment], 1<<segment
	}
	t1, n1 := r.IntN(attributes), r.IntN(attributes)
	t2, n2 := (t1+1+r.IntN(attributes-1))%attributes, (n1+1+r.IntN(attributes-1))%attributes
	value, first := text(r.IntN(sorts[t1])), r.IntN(sorts[t2])
	one, other := text(first), text((first+1)%sorts[t2])
	low, high := float64(r.IntN(50)), float64(50+r.IntN(50))
	h.when = func(p *Person) bool {
		return p.Texts[t1] == value && (p.Texts[t2] == one || p.Texts[t2] == other) && p.Numbers[n1] >= low && p.Numbers[n2] < high
	}
	d.When = strings.Join([]string{fmt.Sprintf("profile.t%d == %q", t1, value), fmt.Sprintf("profile.t%d in [%q, %q]", t2, one, other),
		fmt.Sprintf("profile.n%d >= %.1f", n1, low), fmt.Sprintf("profile.n%d < %.1f", n2, high)}, " && ")
	return d, h
}

func text(n int) string { return fmt.Sprintf("value-%d", n) }

// Person is a profile as hand-written rules read it.
type Person struct {
	Texts   [attributes]string
	Numbers [attributes]float64
}

// People are some visitors and their inputs, always the same.
func (m *Market) People(n int) ([]*Person, []*decision.Input) {
	r := rand.New(rand.NewPCG(2, 2)) //nolint:gosec // visitors that are always the same
	level, _ := m.Scope.Level(Level)
	point, _ := m.Model.Point(Point)
	people, inputs := make([]*Person, n), make([]*decision.Input, n)
	for i := range people {
		p, profile := &Person{}, map[string]any{}
		for a := range attributes {
			p.Texts[a], p.Numbers[a] = text(r.IntN(sorts[a])), float64(r.IntN(100))
			profile[fmt.Sprintf("t%d", a)], profile[fmt.Sprintf("n%d", a)] = p.Texts[a], p.Numbers[a]
		}
		people[i] = p
		inputs[i] = &decision.Input{Level: Level, Frame: level.NewFrame(), Segments: VisitorSegments, Point: point, Count: Wanted, Now: Noon}
		inputs[i].Frame.SetProfile(profile)
	}
	return people, inputs
}

// Same reports whether a decision is what the rules by hand say.
func Same(d decision.Result, byHand []Choice) bool {
	return slices.EqualFunc(d.Offers, byHand, func(c decision.Chosen, h Choice) bool {
		return c.Code == Code(h.Offer) && c.Score == h.Score
	})
}
