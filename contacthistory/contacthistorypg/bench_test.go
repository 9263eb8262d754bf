package contacthistorypg_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
)

// BenchmarkMove writes batches of contacts to a tenant's history.
func BenchmarkMove(b *testing.B) {
	p := newPlatform(b)
	tenant, groups, err := p.tenant(b.Context(), 1)
	require.NoError(b, err)
	var known contacthistory.Watermark
	rows := 0
	for b.Loop() {
		b.StopTimer()
		entries := make([]history.Entry, contacthistory.DefaultBatch)
		for i := range entries {
			entries[i] = history.Entry{Sequence: known.ReadTo + int64(i) + 1, Contact: &history.Contact{
				Treatment: treatment(), Session: fmt.Sprint("session-", rows/3), Channel: "offers", Point: "point-0", Zone: "zone-0", Level: "individual",
				Offer: fmt.Sprint("offer-", i%50), Strategy: "strategy-0", Rule: fmt.Sprint("rule-", i%100), Score: 67, Source: decision.FromRule, Propensity: 1,
				Deployment: 7, Hash: "6f1ed002ab5595859014ebf0951522d9b8a1b5bf6e8c9f0f8a2c3b1d4e5f6071", At: time.Now(),
			}}
			rows++
		}
		b.StartTimer()
		next := contacthistory.Watermark{ReadTo: known.ReadTo + int64(len(entries)), Mark: uuid.New()}
		_, err := p.Move(b.Context(), tenant, groups[0].ID, known, next, entries)
		require.NoError(b, err)
		known = next
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "contacts/s")
}
