package learningpg_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
)

// rowsPerBatch is the size of the groups that a busy recorder writes.
const rowsPerBatch = 1_000

// BenchmarkContacts writes groups of contacts that are learned from, beside the
// same without; folding is measured apart.
func BenchmarkContacts(b *testing.B) {
	batch := func(g *group, from int) []history.Batch {
		l := layout(definition.BetaBernoulli, 0)
		var made history.Batch
		for i := range rowsPerBatch {
			made.Contacts = append(made.Contacts, g.contact(l, fmt.Sprintf("offer-%d", i%20), fmt.Sprintf("job %d", (from+i)%12), noon.Add(time.Duration(from)*time.Second)))
		}
		return []history.Batch{made}
	}
	for name, learns := range map[string]bool{"learned": true, "plain": false} {
		b.Run(name, func(b *testing.B) {
			g := setup(b)
			store := historypg.New(g.db)
			if learns {
				store = g.history
			}
			n := 0
			for b.Loop() {
				b.StopTimer()
				rows := batch(g, n)
				b.StartTimer()
				_, err := store.Write(b.Context(), rows)
				require.NoError(b, err)
				n++
			}
			b.ReportMetric(float64(n)*rowsPerBatch/b.Elapsed().Seconds(), "contacts/s")
		})
	}
	b.Run("fold", func(b *testing.B) {
		g := setup(b)
		n, observations := 0, 0
		for b.Loop() {
			b.StopTimer()
			_, err := g.history.Write(b.Context(), batch(g, n))
			require.NoError(b, err)
			b.StartTimer()
			folded, err := g.Fold(b.Context())
			require.NoError(b, err)
			n, observations = n+1, observations+folded.Observations
		}
		b.ReportMetric(float64(observations)/b.Elapsed().Seconds(), "observations/s")
	})
}
