package decision_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// The benchmarks decide with 100 and with 10,000 rules of four clauses — two
// equalities and two ranges — over a profile of 20 attributes, in 2 zones and for 4
// segments, of which the visitor is in two. Beside them the same rules are closures
// that are written by hand and all tried one after another.

// people are the 20 attributes: 10 texts of 8 values and 10 numbers up to 100.
type person struct {
	text   [10]string
	number [10]float64
}

func (p *person) profile() map[string]any {
	profile := map[string]any{}
	for i := range p.text {
		profile[fmt.Sprintf("t%d", i)] = p.text[i]
		profile[fmt.Sprintf("n%d", i)] = p.number[i]
	}
	return profile
}

func randomPerson(r *rand.Rand) *person {
	p := &person{}
	for i := range p.text {
		p.text[i], p.number[i] = fmt.Sprintf("v%d", r.IntN(8)), float64(r.IntN(100))
	}
	return p
}

// market is a model and the same rules as closures.
type market struct {
	scope    *scope.Scope
	model    *decision.Model
	closures []closure
}

type closure struct {
	zone, segment string
	offer         int
	score         float64
	when          func(*person) bool
}

func randomMarket(b *testing.B, n int) *market {
	b.Helper()
	r := rand.New(rand.NewPCG(1, uint64(n)))
	level := definition.AudienceLevel{Key: []definition.Attribute{{Name: "id", Type: definition.Text}}}
	for i := range 10 {
		level.Profile = append(level.Profile, definition.Attribute{Name: fmt.Sprintf("t%d", i), Type: definition.Text},
			definition.Attribute{Name: fmt.Sprintf("n%d", i), Type: definition.Number})
	}
	s, err := scope.New(scope.Definitions{AudienceLevels: map[string]definition.AudienceLevel{"customer": level}})
	require.NoError(b, err)
	m := &market{scope: s}
	d := shop()
	d.Channel.AudienceLevels = []string{"customer"}
	d.Offers = map[string]definition.Offer{}
	for i := range 100 {
		d.Offers[fmt.Sprintf("offer%02d", i)] = definition.Offer{}
	}
	var strategy definition.Strategy
	for i := range n {
		rule, c := randomRule(r, i)
		strategy.Rules, m.closures = append(strategy.Rules, rule), append(m.closures, c)
	}
	d.Strategies["all"] = strategy
	m.model, err = decision.Compile(s, d)
	require.NoError(b, err)
	return m
}

func randomRule(r *rand.Rand, i int) (definition.TreatmentRule, closure) {
	c := closure{zone: []string{"top", "side"}[r.IntN(2)], segment: []string{"young", "old", "vip", "new"}[r.IntN(4)],
		offer: r.IntN(100), score: float64(r.IntN(100))}
	t1, n1 := r.IntN(10), r.IntN(10)
	t2, n2 := (t1+1+r.IntN(9))%10, (n1+1+r.IntN(9))%10
	v1, v2 := fmt.Sprintf("v%d", r.IntN(8)), fmt.Sprintf("v%d", r.IntN(8))
	low, high := float64(r.IntN(50)), float64(50+r.IntN(50))
	c.when = func(p *person) bool {
		return p.text[t1] == v1 && p.text[t2] == v2 && p.number[n1] >= low && p.number[n2] < high
	}
	when := strings.Join([]string{fmt.Sprintf("profile.t%d == %q", t1, v1), fmt.Sprintf("profile.t%d == %q", t2, v2),
		fmt.Sprintf("profile.n%d >= %.1f", n1, low), fmt.Sprintf("profile.n%d < %.1f", n2, high)}, " && ")
	return definition.TreatmentRule{Name: fmt.Sprintf("r%d", i), Zone: c.zone, Segment: c.segment,
		Offer: fmt.Sprintf("offer%02d", c.offer), Score: &c.score, When: when}, c
}

// byHand is what somebody would write for these rules alone.
func (m *market) byHand(p *person, segments []string, zone string, best []float64) (first, second, third int) {
	for i := range best {
		best[i] = -1
	}
	for i := range m.closures {
		c := &m.closures[i]
		if c.zone == zone && (c.segment == segments[0] || c.segment == segments[1]) && c.when(p) && c.score > best[c.offer] {
			best[c.offer] = c.score
		}
	}
	first, second, third = -1, -1, -1
	for i, score := range best {
		switch {
		case score < 0:
		case first < 0 || score > best[first]:
			first, second, third = i, first, second
		case second < 0 || score > best[second]:
			second, third = i, second
		case third < 0 || score > best[third]:
			third = i
		}
	}
	return first, second, third
}

const people = 64

func (m *market) people() ([]*person, []*scope.Frame) {
	r := rand.New(rand.NewPCG(2, 2))
	level, _ := m.scope.Level("customer")
	persons, frames := make([]*person, people), make([]*scope.Frame, people)
	for i := range persons {
		persons[i], frames[i] = randomPerson(r), level.NewFrame()
		frames[i].SetProfile(persons[i].profile())
	}
	return persons, frames
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{100, 10000} {
		m := randomMarket(b, n)
		persons, frames := m.people()
		segments := []string{"young", "vip"}
		point, _ := m.model.Point("banner")
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			in := &decision.Input{Level: "customer", Segments: segments, Point: point, Count: 3, Now: noon}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				in.Frame = frames[i%people]
				m.model.Decide(in)
			}
		})
		b.Run(fmt.Sprintf("closures=%d", n), func(b *testing.B) {
			best := make([]float64, 100)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.byHand(persons[i%people], segments, "top", best)
			}
		})
	}
}

// TestTheBenchmarkDecidesAsByHand keeps the two comparable.
func TestTheBenchmarkDecidesAsByHand(t *testing.T) {
	t.Parallel()
	var b testing.B
	m := randomMarket(&b, 3000)
	persons, frames := m.people()
	point, _ := m.model.Point("banner")
	segments, best := []string{"young", "vip"}, make([]float64, 100)
	given := 0
	for i := range persons {
		got := m.model.Decide(&decision.Input{Level: "customer", Frame: frames[i], Segments: segments, Point: point, Count: 3, Now: noon})
		first, second, third := m.byHand(persons[i], segments, "top", best)
		for place, want := range []int{first, second, third} {
			if want < 0 {
				require.LessOrEqual(t, len(got.Offers), place)
				continue
			}
			given++
			require.InDelta(t, best[want], got.Offers[place].Score, 0)
			require.Equal(t, fmt.Sprintf("offer%02d", want), got.Offers[place].Code)
		}
	}
	require.Greater(t, given, people)
}
