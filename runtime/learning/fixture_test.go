package learning

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/definition"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var declared = []definition.Attribute{
	{Name: "customer", Type: definition.Text},
	{Name: "job", Type: definition.Text},
	{Name: "age", Type: definition.Whole},
	{Name: "balance", Type: definition.Number},
	{Name: "member", Type: definition.Boolean, Default: false},
	{Name: "since", Type: definition.Timestamp},
	{Name: "interests", Type: definition.Texts},
}

// model is a learning model, with a half-life where that is positive.
func model(algorithm definition.LearningAlgorithm, halfLife time.Duration, attributes ...string) definition.LearningModel {
	d := definition.LearningModel{Algorithm: algorithm, AudienceLevel: "person", Attributes: attributes}
	if halfLife > 0 {
		span := duration.Duration(halfLife)
		d.HalfLife = &span
	}
	return d
}

var algorithms = []definition.LearningAlgorithm{definition.BetaBernoulli, definition.Linear}

// world is where each offer is accepted with a probability of its own per job.
type world struct {
	layout *Layout
	jobs   []string
	offers []Offer
	rates  [][]float64 // by job and offer
	random *rand.Rand
}

func newWorld(d definition.LearningModel, seed uint64, jobs, offers int) *world {
	w := &world{layout: NewLayout(d, declared), random: rand.New(rand.NewPCG(seed, 1))}
	for o := range offers {
		w.offers = append(w.offers, Offer{Code: "offer-" + strconv.Itoa(o), Awaited: []Span{{}}})
	}
	for j := range jobs {
		w.jobs = append(w.jobs, "job "+strconv.Itoa(j))
		rates := make([]float64, offers)
		for o := range rates {
			rates[o] = 0.05 + 0.5*w.random.Float64()
		}
		w.rates = append(w.rates, rates)
	}
	return w
}

func (w *world) visitor() (job int, c *Context) {
	job, c = w.random.IntN(len(w.jobs)), &Context{}
	w.layout.Context(c, map[string]any{"job": w.jobs[job]}, noon)
	return job, c
}

func (w *world) accepts(job, offer int) int64 {
	if w.random.Float64() < w.rates[job][offer] {
		return 1
	}
	return 0
}

// learned are statistics of visitors who were given offers at random.
func (w *world) learned(visitors int) *Statistics {
	s := NewStatistics(w.layout.Shape())
	for range visitors {
		job, c := w.visitor()
		offer := w.random.IntN(len(w.offers))
		s.Add(Observation{Offer: w.offers[offer].Code, Context: *c, Presented: 1, Accepted: w.accepts(job, offer), At: noon})
	}
	return s
}

func (w *world) snapshot(s *Statistics) *Snapshot { return NewSnapshot(w.layout, s, w.offers, noon) }

// best scores all offers and returns the best n.
func best(d *Draw, offers, n int) []int {
	scores := make([]float64, offers)
	var chosen []int
	for o := range scores {
		scores[o], _ = d.Score(o)
	}
	for range n {
		at := -1
		for o, s := range scores {
			if s > -1e300 && (at < 0 || s > scores[at]) {
				at = o
			}
		}
		chosen, scores[at] = append(chosen, at), -2e300
	}
	return chosen
}
