package contacthistory

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/learning"
)

// market is a truth in which everything is known: how probable it is that visitors
// of a segment accept an offer, what the marketer's scores put first, and with
// which probabilities was presented.
type market struct {
	offers      []string
	segments    []string
	rates       [][]float64 // by segment and offer
	preferred   []int       // by segment: what learning presents most often
	exploration float64
	random      *rand.Rand
}

func newMarket(seed uint64, offers, segments int) *market {
	m := &market{random: rand.New(rand.NewPCG(seed, 7)), exploration: 0.25}
	for o := range offers {
		m.offers = append(m.offers, fmt.Sprintf("offer-%c", 'a'+rune(o)))
	}
	for s := range segments {
		m.segments = append(m.segments, fmt.Sprintf("segment-%d", s))
		rates := make([]float64, offers)
		for o := range rates {
			rates[o] = 0.05 + 0.4*m.random.Float64()
		}
		m.rates = append(m.rates, rates)
		m.preferred = append(m.preferred, m.random.IntN(offers))
	}
	return m
}

// situation is what is there before chance has its part: the candidates, by their
// places, and the baseline's choice, the highest of them.
type situation struct {
	segment, baseline int
	candidates        []int
}

// situations are all that a visitor can be in, each as probable as the others.
func (m *market) situations() (all []situation) {
	for s := range m.segments {
		for set := 1; set < 1<<len(m.offers); set++ {
			at := situation{segment: s}
			for o := range m.offers {
				if set>>o&1 == 1 {
					at.candidates, at.baseline = append(at.candidates, o), o
				}
			}
			all = append(all, at)
		}
	}
	return all
}

// logging are the probabilities with which each candidate is presented: the
// preferred one has a half of what is not explored.
func (m *market) logging(at situation) map[int]float64 {
	p, left := map[int]float64{}, 1-m.exploration
	for _, o := range at.candidates {
		p[o] = m.exploration / float64(len(at.candidates))
	}
	if preferred := m.preferred[at.segment]; slices.Contains(at.candidates, preferred) {
		p[preferred] += left / 2
		left /= 2
	}
	for _, o := range at.candidates {
		p[o] += left / float64(len(at.candidates))
	}
	return p
}

// truth is what a policy earns of all situations.
func (m *market) truth(choose func(situation) int) float64 {
	sum, all := 0.0, m.situations()
	for _, at := range all {
		sum += m.rates[at.segment][choose(at)] / float64(len(all))
	}
	return sum
}

// history lets visitors come, who are in one or several situations; what they
// accept hangs together. The expectation of what is accepted is the rate.
func (m *market) history(visitors int) (first []FirstPlace) {
	all := m.situations()
	for v := range visitors {
		segment := m.random.IntN(len(m.segments))
		ofSegment := all[segment*len(all)/len(m.segments) : (segment+1)*len(all)/len(m.segments)]
		mood := m.random.Float64()
		for range 1 + m.random.IntN(4) {
			if m.random.IntN(2) == 0 {
				mood = m.random.Float64()
			}
			first = append(first, m.contact(v, ofSegment[m.random.IntN(len(ofSegment))], mood))
		}
	}
	return first
}

func (m *market) contact(visitor int, at situation, mood float64) FirstPlace {
	chances := m.logging(at)
	left, offer := m.random.Float64(), at.candidates[0]
	for _, o := range at.candidates {
		offer = o
		if left -= chances[o]; left < 0 {
			break
		}
	}
	choice := learning.Choice{Propensity: chances[offer], Exploration: m.exploration, Baseline: m.offers[at.baseline], Segments: []string{m.segments[at.segment]}}
	for _, o := range at.candidates {
		choice.Candidates = append(choice.Candidates, m.offers[o])
	}
	return FirstPlace{
		Visitor: fmt.Sprintf("customer %d", visitor), Offer: m.offers[offer], Accepted: mood < m.rates[at.segment][offer], Choice: choice.String(),
	}
}

// choices are what fixed policies present.
func (m *market) choices() map[string]func(situation) int {
	choices := map[string]func(situation) int{"baseline": func(at situation) int { return at.baseline }}
	for o, code := range m.offers {
		choices["always:"+code] = func(at situation) int {
			if slices.Contains(at.candidates, o) {
				return o
			}
			return at.baseline
		}
	}
	return choices
}

// fitted is what best-per-segment earns with what was fitted: of each fold as
// often as it has contacts.
func (m *market) fitted(j *judge) float64 {
	counts, sum := [folds]float64{}, 0.0
	for i := range j.contacts {
		counts[j.contacts[i].fold]++
	}
	for fold := range counts {
		sum += counts[fold] / float64(len(j.contacts)) * m.truth(func(at situation) int {
			c := contact{fold: fold, segment: j.segments.number(m.segments[at.segment])}
			for _, o := range at.candidates {
				c.candidates = append(c.candidates, j.offers.number(m.offers[o]))
			}
			return slices.Index(m.offers, j.offers.texts[j.best(&c)])
		})
	}
	return sum
}

func (m *market) logged() float64 {
	sum, all := 0.0, m.situations()
	for _, at := range all {
		for o, p := range m.logging(at) {
			sum += p * m.rates[at.segment][o] / float64(len(all))
		}
	}
	return sum
}

// TestPolicyIntervalsCoverTheTruth counts over many histories how often the
// intervals have what a policy earns in truth.
func TestPolicyIntervalsCoverTheTruth(t *testing.T) {
	t.Parallel()
	const histories, visitors = 500, 1200
	within, widths := map[string]int{}, map[string]float64{}
	note := func(policy, estimator string, e *PolicyEstimate, truth float64) {
		require.NotNil(t, e)
		key := strings.SplitN(policy, ":", 2)[0] + ", " + estimator
		if policy != "always:offer-a" && strings.HasPrefix(policy, "always:") {
			return // one stands for all
		}
		if e.Low <= truth && truth <= e.High {
			within[key]++
		}
		widths[key] += (e.High - e.Low) / histories
	}
	for seed := range uint64(histories) {
		m := newMarket(seed, 4, 3)
		first := m.history(visitors)
		truths := map[string]float64{"best-per-segment": m.fitted(newJudge(first)), "logging": m.logged()}
		for policy, choose := range m.choices() {
			truths[policy] = m.truth(choose)
		}
		for _, s := range policyReport(PolicyQuery{}, first, MaxFirstPlaces).Policies {
			truth := truths[s.String()]
			note(s.String(), "inverse propensity", s.InversePropensity, truth)
			note(s.String(), "self-normalized", s.SelfNormalized, truth)
			note(s.String(), "doubly robust", s.DoublyRobust, truth)
			if s.Kind != Logging { // it gains nothing, for certain
				note(s.String(), "gain", s.Gain, truth-truths["logging"])
			}
			for _, w := range s.Warnings {
				require.NotEqual(t, NoExploration, w.Code)
			}
		}
	}
	require.Len(t, within, 4*4-1)
	// Four standard deviations of the count, and 1 % for weights that are skewed.
	slack := 4*math.Sqrt(0.95*0.05/histories) + 0.01
	for key, n := range within {
		t.Logf("%s: the truth is within %d of %d, mean width %.3f", key, n, histories, widths[key])
		require.InDelta(t, 0.95, float64(n)/histories, slack, key)
	}
	require.Less(t, widths["baseline, doubly robust"], widths["baseline, inverse propensity"])
}

func TestPoliciesThatWereNotCoveredAreDoubted(t *testing.T) {
	t.Parallel()
	doubts := func(s PolicySummary) (codes []PolicyDoubt) {
		for _, w := range s.Warnings {
			codes = append(codes, w.Code)
		}
		return codes
	}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var first []FirstPlace
	for i := range 4000 {
		offer, baseline := "loan", "loan"
		if i%4 == 0 { // these never see the loan, though the baseline has it
			offer = "card"
		}
		first = append(first, FirstPlace{At: at, Visitor: fmt.Sprint(i), Offer: offer, Accepted: i%5 == 0, Choice: "1 0 " + baseline + " - card,loan"})
	}
	r := policyReport(PolicyQuery{}, first, MaxFirstPlaces)
	require.Equal(t, "[logging baseline best-per-segment always:loan always:card]", fmt.Sprint(names(r)))
	require.Empty(t, r.Policies[0].Warnings)
	require.Equal(t, []PolicyDoubt{NoExploration, NotCovered}, doubts(r.Policies[1]))
	require.InDelta(t, 0.2, r.Policies[0].DoublyRobust.Value, 1e-9)
	require.EqualValues(t, 3000, r.Policies[1].Matched)

	none := policyReport(PolicyQuery{Policies: []Policy{{Kind: Always, Offer: "loan"}}}, first[:1], MaxFirstPlaces)
	require.Nil(t, none.Policies[0].DoublyRobust, "nothing is known of one visitor")
	require.Contains(t, doubts(none.Policies[0]), TooFew)
	require.Empty(t, policyReport(PolicyQuery{}, nil, MaxFirstPlaces).Policies)
}

func TestAnOfferThatIsNeverACandidateHasNoEstimates(t *testing.T) {
	t.Parallel()
	var first []FirstPlace
	for i := range 400 {
		first = append(first, FirstPlace{Visitor: fmt.Sprint(i), Offer: []string{"card", "loan"}[i%2], Accepted: i%3 == 0, Choice: "0.5 1 card - card,loan"})
	}
	always := func(offer string) Policy { return Policy{Kind: Always, Offer: offer} }
	r := policyReport(PolicyQuery{Policies: []Policy{{Kind: Baseline}, always("loan"), always("laon")}}, first, MaxFirstPlaces)
	require.Empty(t, r.Policies[0].Warnings)
	require.Empty(t, r.Policies[1].Warnings)
	never := r.Policies[2]
	require.Equal(t, PolicySummary{Policy: always("laon"), Contacts: 400, Warnings: []PolicyWarning{{
		Code: NeverCandidate, Text: "offer laon was not among the candidates of any of the 400 contacts: nothing is known of it",
	}}}, never)
	require.Equal(t, []string{"laon"}, r.Unseen)

	empty := policyReport(PolicyQuery{Policies: []Policy{{Kind: Baseline}, always("loan")}}, nil, MaxFirstPlaces)
	require.Equal(t, []string{"loan"}, empty.Unseen, "of no contact there are no candidates")
	for i := range first {
		first[i].Choice = "0.5 1 card - -"
	}
	unknown := policyReport(PolicyQuery{Policies: []Policy{always("loan"), always("laon")}}, first, MaxFirstPlaces)
	require.Equal(t, []string{"laon"}, unknown.Unseen, "what was presented was a candidate, of whichever list")
	require.Nil(t, unknown.Policies[0].DoublyRobust)
}

func names(r PolicyReport) (all []string) {
	for _, s := range r.Policies {
		all = append(all, s.String())
	}
	return all
}

func TestPoliciesWithoutCandidatesAreNotGuessed(t *testing.T) {
	t.Parallel()
	var first []FirstPlace
	for i := range 400 {
		first = append(first, FirstPlace{Visitor: fmt.Sprint(i), Offer: []string{"card", "loan"}[i%2], Accepted: i%2 == 0, Choice: "0.5 1 card - -"})
	}
	first = append(first, FirstPlace{Visitor: "broken", Offer: "card", Choice: "broken"})
	r := policyReport(PolicyQuery{}, first, 400)
	require.True(t, r.Cut)
	require.EqualValues(t, 400, r.Contacts)
	for _, s := range r.Policies {
		if s.Kind == Always || s.Kind == BestPerSegment {
			require.Zero(t, s.Contacts, "%s", s.Policy)
			require.Nil(t, s.DoublyRobust)
			continue
		}
		require.EqualValues(t, 400, s.Contacts)
	}
	require.InDelta(t, 1, r.Policies[1].SelfNormalized.Value, 1e-9, "each card was accepted")
	require.False(t, policyReport(PolicyQuery{}, first, 401).Cut)
	require.EqualValues(t, 400, policyReport(PolicyQuery{}, first, 401).Contacts, "what cannot be read is left out")
}

func TestParsePolicy(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"logging", "baseline", "best-per-segment", "always:gold-card"} {
		p, err := ParsePolicy(text)
		require.NoError(t, err)
		require.Equal(t, text, p.String())
	}
	for _, text := range []string{"", "always", "always:", "always:Gold", "always:a b", "Baseline", "best"} {
		_, err := ParsePolicy(text)
		require.Error(t, err, text)
	}
}
