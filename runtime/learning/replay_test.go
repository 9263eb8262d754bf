package learning

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/definition"
)

// sharedVariable names the environment variable with the folder of the data.
const sharedVariable = "SWITCHYARD_SHARED_DATA"

// sharedData finds a file beside the checkout.
func sharedData(t *testing.T, name string) *os.File {
	t.Helper()
	folder := os.Getenv(sharedVariable)
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(folder, name))
	if os.IsNotExist(err) {
		t.Skipf("%s is not there; %s names its folder", name, sharedVariable)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// bank is what was recorded of a bank's calls: by segment, the customer's job, and
// by offer, the month of the call, who took a term deposit. An offer is accepted by
// a visitor of a segment as a recorded customer of both did, drawn at random.
type bank struct {
	visitors []map[string]any
	offers   []Offer
	outcomes map[string][][]bool // by job and offer
}

// leastRecorded is how many customers of a job and month there must be; else the
// offer's whole record stands in.
const leastRecorded = 10

func readBank(t *testing.T) *bank {
	t.Helper()
	rows, err := csv.NewReader(sharedData(t, "bank-marketing.csv")).ReadAll()
	require.NoError(t, err)
	column := func(name string) int {
		at := slices.Index(rows[0], name)
		require.GreaterOrEqual(t, at, 0, name)
		return at
	}
	age, job, month, output := column("age"), column("job"), column("month"), column("output")
	b := &bank{outcomes: map[string][][]bool{}}
	places, all := map[string]int{}, [][]bool{}
	for _, row := range rows[1:] {
		if _, ok := places[row[month]]; !ok {
			places[row[month]] = len(b.offers)
			b.offers, all = append(b.offers, Offer{Code: row[month], Awaited: []Span{{}}}), append(all, nil)
		}
	}
	for _, row := range rows[1:] {
		years, err := strconv.ParseInt(row[age], 10, 64)
		require.NoError(t, err)
		b.visitors = append(b.visitors, map[string]any{"job": row[job], "age": years})
		if b.outcomes[row[job]] == nil {
			b.outcomes[row[job]] = make([][]bool, len(b.offers))
		}
		at, took := places[row[month]], row[output] == "yes"
		b.outcomes[row[job]][at] = append(b.outcomes[row[job]][at], took)
		all[at] = append(all[at], took)
	}
	for _, offers := range b.outcomes {
		for o := range offers {
			if len(offers[o]) < leastRecorded {
				offers[o] = all[o]
			}
		}
	}
	return b
}

// rate is the recorded acceptance of an offer by a segment.
func (b *bank) rate(job string, offer int) float64 {
	yes := 0
	for _, took := range b.outcomes[job][offer] {
		if took {
			yes++
		}
	}
	return float64(yes) / float64(len(b.outcomes[job][offer]))
}

// best is the best fixed choice of a segment.
func (b *bank) best(job string) (offer int, rate float64) {
	for o := range b.offers {
		if r := b.rate(job, o); r > rate {
			offer, rate = o, r
		}
	}
	return offer, rate
}

// everyVisitors is after how many visitors statistics are read again; a server does
// once a second.
const everyVisitors = 20

// replay lets visitors come and returns, by visitor, what the chosen and the best
// offers are worth.
func (b *bank) replay(l *Layout, visitors int, seed uint64) (chosen, best []float64) {
	random := rand.New(rand.NewPCG(seed, 5))
	s := NewStatistics(l.Shape())
	var made *Snapshot
	var d Draw
	for i := range visitors {
		at := noon.Add(time.Duration(i) * time.Minute)
		if i%everyVisitors == 0 {
			made = NewSnapshot(l, s, b.offers, at)
		}
		var c Context
		profile := b.visitors[random.IntN(len(b.visitors))]
		job := profile["job"].(string)
		l.Context(&c, profile, at)
		d.Begin(made, &c, Seed("visitor-"+strconv.Itoa(i), "start", at))
		choice, highest := 0, 0.0
		for o := range b.offers {
			if score, known := d.Score(o); known && (o == 0 || score > highest) {
				choice, highest = o, score
			}
		}
		recorded := b.outcomes[job][choice]
		var accepted int64
		if recorded[random.IntN(len(recorded))] {
			accepted = 1
		}
		s.Add(Observation{Offer: b.offers[choice].Code, Context: c, Presented: 1, Accepted: accepted, At: at})
		_, optimum := b.best(job)
		chosen, best = append(chosen, b.rate(job, choice)), append(best, optimum)
	}
	return chosen, best
}

// TestReplayOfTheBankLearnsTheBestOfferPerSegment replays 10,000 visitors; at the
// end, learning earns within 5 % of the best fixed choice per segment.
func TestReplayOfTheBankLearnsTheBestOfferPerSegment(t *testing.T) {
	t.Parallel()
	b := readBank(t)
	chance, optimum := 0.0, 0.0
	for _, v := range b.visitors {
		_, best := b.best(v["job"].(string))
		optimum += best / float64(len(b.visitors))
		for o := range b.offers {
			chance += b.rate(v["job"].(string), o) / float64(len(b.offers)*len(b.visitors))
		}
	}
	t.Logf("%d customers, %d segments, %d offers; at random %.3f are accepted, with the best of each segment %.3f",
		len(b.visitors), len(b.outcomes), len(b.offers), chance, optimum)
	require.Less(t, chance, 0.8*optimum, "or there is nothing to learn")

	attributes := []definition.Attribute{{Name: "job", Type: definition.Text}}
	for _, algorithm := range algorithms {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			const visitors, last = 10_000, 2_000
			for seed := range uint64(3) {
				chosen, best := b.replay(NewLayout(model(algorithm, 0, "job"), attributes), visitors, seed)
				report := []string{}
				regret := 0.0
				for i := range chosen {
					regret += best[i] - chosen[i]
					if n := i + 1; n == 100 || n == 300 || n%1000 == 0 {
						report = append(report, strconv.Itoa(n)+": "+strconv.FormatFloat(regret, 'f', 1, 64))
					}
				}
				share := sum(chosen[visitors-last:]) / sum(best[visitors-last:])
				t.Logf("seed %d, regret in acceptances after visitors: %s; the last %d earn %.1f %% of the best",
					seed, strings.Join(report, ", "), last, 100*share)
				require.GreaterOrEqual(t, share, 0.95)
			}
		})
	}
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
