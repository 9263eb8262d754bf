package contacthistory

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/learning"
)

// sharedVariable names the environment variable with the folder of the data.
const sharedVariable = "SWITCHYARD_SHARED_DATA"

// calls are recorded calls of a bank: of each customer the job, the month of the
// call, which is the offer here, and whether a term deposit was taken.
type calls struct {
	jobs   []string // of each customer
	months []string
	took   map[string][]bool // by job and month; where there are few, by month
}

func readCalls(t *testing.T) *calls {
	t.Helper()
	folder := os.Getenv(sharedVariable)
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(folder, "bank-marketing.csv"))
	if os.IsNotExist(err) {
		t.Skipf("bank-marketing.csv is not there; %s names its folder", sharedVariable)
	}
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	job, month, output := slices.Index(rows[0], "job"), slices.Index(rows[0], "month"), slices.Index(rows[0], "output")
	c := &calls{took: map[string][]bool{}}
	for _, row := range rows[1:] {
		c.jobs = append(c.jobs, row[job])
		if !slices.Contains(c.months, row[month]) {
			c.months = append(c.months, row[month])
		}
		for _, key := range []string{row[job] + "/" + row[month], row[month]} {
			c.took[key] = append(c.took[key], row[output] == "yes")
		}
	}
	slices.Sort(c.months)
	return c
}

// recorded are the outcomes of an offer to a job.
func (c *calls) recorded(job, month string) []bool {
	if of := c.took[job+"/"+month]; len(of) >= 10 {
		return of
	}
	return c.took[month]
}

func (c *calls) rate(job, month string) float64 {
	yes := 0.0
	for _, took := range c.recorded(job, month) {
		if took {
			yes++
		}
	}
	return yes / float64(len(c.recorded(job, month)))
}

// truth is what a policy earns of the recorded customers.
func (c *calls) truth(choose func(job string) string) float64 {
	sum := 0.0
	for _, job := range c.jobs {
		sum += c.rate(job, choose(job)) / float64(len(c.jobs))
	}
	return sum
}

// learn lets visitors come, who are presented what learning chooses, and returns
// what the history keeps of them.
func (c *calls) learn(visitors int, exploration float64, baseline string, seed uint64) []FirstPlace {
	random := rand.New(rand.NewPCG(seed, 17))
	layout := learning.NewLayout(
		definition.LearningModel{Algorithm: definition.BetaBernoulli, AudienceLevel: "person", Attributes: []string{"job"}, Exploration: exploration},
		[]definition.Attribute{{Name: "job", Type: definition.Text}})
	statistics := learning.NewStatistics(layout.Shape())
	var offers []learning.Offer
	for _, month := range c.months {
		offers = append(offers, learning.Offer{Code: month})
	}
	var made *learning.Snapshot
	var draw learning.Draw
	first := make([]FirstPlace, visitors)
	for i := range first {
		at := time.Date(2026, 3, 2, 12, 0, i, 0, time.UTC)
		if i%20 == 0 { // as statistics are read once a second
			made = learning.NewSnapshot(layout, statistics, offers, at)
		}
		job := c.jobs[random.IntN(len(c.jobs))]
		var seen learning.Context
		layout.Context(&seen, map[string]any{"job": job}, at)
		draw.Begin(made, &seen, random.Uint64())
		chosen, highest := 0, 0.0
		for o := range offers {
			if score, _ := draw.Score(o); o == 0 || score > highest {
				chosen, highest = o, score
			}
		}
		month := c.months[chosen]
		outcomes := c.recorded(job, month)
		f := FirstPlace{At: at, Visitor: fmt.Sprint(seed, i), Offer: month, Accepted: outcomes[random.IntN(len(outcomes))]}
		choice := learning.Choice{
			Propensity: draw.First(chosen, month == baseline), Exploration: exploration, Baseline: baseline, Segments: []string{job}, Candidates: c.months,
		}
		f.Choice = choice.String()
		first[i] = f
		observed := learning.Observation{Offer: month, Context: seen, Presented: 1, At: at}
		if f.Accepted {
			observed.Accepted = 1
		}
		statistics.Add(observed)
	}
	return first
}

// TestPoliciesAreJudgedByWhatLearningLogged lets a model learn on recorded calls
// and judges other policies by what it has logged, while it was learning.
func TestPoliciesAreJudgedByWhatLearningLogged(t *testing.T) {
	t.Parallel()
	c := readCalls(t)
	const histories, visitors = 20, 4000
	fixed := map[string]string{"baseline": "may", "always:oct": "oct", "always:aug": "aug"}
	covered, estimates := 0, 0
	for seed := range uint64(histories) {
		first := c.learn(visitors, 0.2, "may", seed)
		q := PolicyQuery{Policies: []Policy{{Kind: Baseline}, {Kind: Always, Offer: "oct"}, {Kind: Always, Offer: "aug"}, {Kind: BestPerSegment}}}
		r := policyReport(q, first, MaxFirstPlaces)
		for _, s := range r.Policies {
			month, isFixed := fixed[s.String()]
			if !isFixed {
				continue
			}
			truth := c.truth(func(string) string { return month })
			for _, e := range []*PolicyEstimate{s.InversePropensity, s.SelfNormalized, s.DoublyRobust} {
				estimates++
				if e.Low <= truth && truth <= e.High {
					covered++
				}
			}
			if seed == 0 {
				t.Logf("%s: doubly robust %.3f (%.3f to %.3f), in truth %.3f; as good as %.0f contacts", s.Policy, s.DoublyRobust.Value, s.DoublyRobust.Low, s.DoublyRobust.High, truth, s.Effective)
			}
		}
		best := r.Policies[3]
		require.Greater(t, best.DoublyRobust.Low, r.Policies[0].DoublyRobust.High, "learning was worth it, seed %d", seed)
	}
	t.Logf("the truth is within %d of %d intervals", covered, estimates)
	require.InDelta(t, 0.95, float64(covered)/float64(estimates), 0.07)
}
