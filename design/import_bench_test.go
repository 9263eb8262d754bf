package design_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/runtime/definition"
)

// BenchmarkImport imports 2,000 new offers; while it writes, nobody else changes
// anything of the tenant.
func BenchmarkImport(b *testing.B) {
	bundle := setup(b)
	offers := make([]design.Incoming, 2_000)
	for i := range offers {
		offers[i] = incoming(fmt.Sprint("offer-", i), definition.Offer{Attributes: map[string]any{"annual-fee": float64(i)}})
	}
	for round := 0; b.Loop(); round++ {
		b.StopTimer()
		bundle.tenant = newTenant(b, bundle.db, fmt.Sprint("tenant-", round))
		bundle.mustSave("customer", customer)
		bundle.mustSave("annual-fee", definition.OfferAttribute{Type: definition.Number})
		b.StartTimer()
		_, err := bundle.Import(b.Context(), ada, bundle.tenant, offers, false)
		require.NoError(b, err)
	}
}
