package contacthistory

import (
	"hash/fnv"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/runtime/learning"
)

const (
	confidence = 0.95
	// priorWeight is how many contacts of an offer's own rate, or of the rate of all,
	// stand in where there are few.
	priorWeight = 20
	// folds are the parts of the visitors; what is fitted on the others judges one.
	folds = 2
	// none is in place of an offer where there is none.
	none = -1
)

// judge has the contacts that policies are judged by.
type judge struct {
	offers     index
	segments   index // combinations of them
	visitors   index
	candidates map[string][]int // by their text
	contacts   []contact
	fitted     [folds]rates
}

// contact is a FirstPlace in numbers.
type contact struct {
	visitor, segment int
	fold             int
	offer, baseline  int
	candidates       []int // none where they were not kept
	propensity       float64
	explored         bool
	accepted         float64
}

// index numbers texts in the order in which they come.
type index struct {
	numbers map[string]int
	texts   []string
}

func (x *index) number(text string) int {
	if x.numbers == nil {
		x.numbers = map[string]int{}
	}
	n, known := x.numbers[text]
	if !known {
		text = strings.Clone(text)
		n = len(x.texts)
		x.numbers[text], x.texts = n, append(x.texts, text)
	}
	return n
}

// newJudge leaves out contacts whose choice cannot be read.
func newJudge(first []FirstPlace) *judge {
	j := &judge{candidates: map[string][]int{}, contacts: make([]contact, 0, len(first))}
	for i := range first {
		if choice, err := learning.ParseChoice(first[i].Choice); err == nil {
			j.add(&first[i], &choice)
		}
	}
	for fold := range j.fitted {
		j.fitted[fold] = j.fit(fold)
	}
	return j
}

func (j *judge) add(f *FirstPlace, choice *learning.Choice) {
	c := contact{
		visitor: j.visitors.number(f.Visitor), segment: j.segments.number(strings.Join(choice.Segments, ",")), fold: foldOf(f.Visitor),
		offer: j.offers.number(f.Offer), baseline: none, propensity: choice.Propensity, explored: choice.Exploration > 0,
		candidates: j.several(choice.Candidates),
	}
	if choice.Baseline != "" {
		c.baseline = j.offers.number(choice.Baseline)
	}
	if f.Accepted {
		c.accepted = 1
	}
	j.contacts = append(j.contacts, c)
}

// several numbers candidates; lists that are the same share their memory.
func (j *judge) several(codes []string) []int {
	if len(codes) == 0 {
		return nil
	}
	text := strings.Join(codes, ",")
	numbers, known := j.candidates[text]
	if !known {
		for _, code := range codes {
			numbers = append(numbers, j.offers.number(code))
		}
		j.candidates[text] = numbers
	}
	return numbers
}

// foldOf is always the same of a visitor, so that what is judged by one of its
// contacts was not fitted to another one.
func foldOf(visitor string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(visitor)) // never fails
	sum := h.Sum32()
	return int((sum ^ sum>>16) % folds)
}

// rates are acceptances by segment and offer.
type rates struct {
	ofSegment []map[int]float64
	ofOffer   []float64
}

type tally struct{ n, accepted float64 }

func (t tally) rate(prior float64) float64 {
	return (t.accepted + priorWeight*prior) / (t.n + priorWeight)
}

// fit finds the rates of all contacts that are not of a fold. A rate of few shrinks
// to that of its offer, and this to that of all.
func (j *judge) fit(fold int) rates {
	all, offers := tally{}, make([]tally, len(j.offers.texts))
	segments := make([]map[int]tally, len(j.segments.texts))
	for i := range segments {
		segments[i] = map[int]tally{}
	}
	for i := range j.contacts {
		c := &j.contacts[i]
		if c.fold == fold {
			continue
		}
		in := segments[c.segment][c.offer]
		for _, t := range []*tally{&all, &offers[c.offer], &in} {
			t.n++
			t.accepted += c.accepted
		}
		segments[c.segment][c.offer] = in
	}
	const prior = 0.5 // of two more contacts, so that no rate is 0
	whole := (all.accepted + 2*prior) / (all.n + 2)
	r := rates{ofSegment: make([]map[int]float64, len(segments)), ofOffer: make([]float64, len(offers))}
	for o, t := range offers {
		r.ofOffer[o] = t.rate(whole)
	}
	for s, inSegment := range segments {
		r.ofSegment[s] = make(map[int]float64, len(inSegment))
		for o, t := range inSegment {
			r.ofSegment[s][o] = t.rate(r.ofOffer[o])
		}
	}
	return r
}

func (r *rates) predicted(segment, offer int) float64 {
	if offer == none {
		return 0
	}
	if rate, known := r.ofSegment[segment][offer]; known {
		return rate
	}
	return r.ofOffer[offer]
}

// choose is the offer that a policy presents instead of the contact's; none where
// it presents nothing. It is false where that cannot be known.
func (j *judge) choose(p Policy, always int, c *contact) (offer int, known bool) {
	switch p.Kind {
	case Logging:
		return c.offer, true
	case Baseline:
		return c.baseline, true
	case Always:
		if slices.Contains(c.candidates, always) {
			return always, true
		}
		return c.baseline, len(c.candidates) > 0
	case BestPerSegment:
		return j.best(c), len(c.candidates) > 0
	}
	return none, false
}

// candidate says whether a decision had the offer among its candidates.
func (j *judge) candidate(offer string) bool {
	number, known := j.offers.numbers[offer]
	if !known {
		return false
	}
	for _, candidates := range j.candidates {
		if slices.Contains(candidates, number) {
			return true
		}
	}
	return false
}

// best is the candidate that is accepted most by what the other folds show; equal
// ones by their code.
func (j *judge) best(c *contact) int {
	best, highest := none, 0.0
	for _, o := range c.candidates {
		rate := j.fitted[c.fold].predicted(c.segment, o)
		if best == none || rate > highest || rate == highest && j.offers.texts[o] < j.offers.texts[best] {
			best, highest = o, rate
		}
	}
	return best
}

// presented are the offers that came first at least once, the most often presented
// ones first.
func (j *judge) presented() []string {
	counts := make([]int, len(j.offers.texts))
	for i := range j.contacts {
		counts[j.contacts[i].offer]++
	}
	codes := slices.DeleteFunc(slices.Clone(j.offers.texts), func(code string) bool { return counts[j.offers.numbers[code]] == 0 })
	slices.SortFunc(codes, func(a, b string) int {
		if more := counts[j.offers.numbers[b]] - counts[j.offers.numbers[a]]; more != 0 {
			return more
		}
		return strings.Compare(a, b)
	})
	return codes
}
