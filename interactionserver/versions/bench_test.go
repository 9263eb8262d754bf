package versions_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
)

// usual stores a package of the size that the aims are given for. They differ in
// one offer.
func (g *group) usual(number int64) versions.Version {
	g.Helper()
	p := bundletest.Synthetic(bundletest.Usual)
	p.Tenant, p.Channel = tenant, "web"
	for name, offer := range p.Content.Offers {
		offer.Description = nameOf(number)
		p.Content.Offers[name] = offer
		break
	}
	content, hash, err := p.Encode()
	require.NoError(g, err)
	require.NoError(g, g.Publish(g.ctx, hash, content))
	return versions.Version{Channel: "web", Number: number, Hash: hash, Name: nameOf(number)}
}

// BenchmarkPrepare fetches, verifies, compiles and warms up a package.
func BenchmarkPrepare(b *testing.B) {
	g := setup(b)
	version := g.usual(1)
	for b.Loop() {
		require.NoError(b, g.holder("cards-1", nil).Prepare(b.Context(), version))
	}
}

// BenchmarkSwapStall switches packages under a reader that never pauses. A stall is
// the time between the last read that saw the old version and the next one, which
// saw the new: longest-ms and median-ms are of those. elsewhere-ms is the longest
// between two other reads: what the machine does to a reader anyway.
func BenchmarkSwapStall(b *testing.B) {
	g := setup(b)
	h := g.started("cards-1", nil)
	_, err := g.Move(b.Context(), 0, g.usual(1))
	require.NoError(b, err)
	require.NoError(b, h.Activate(b.Context(), "web"))

	var stop atomic.Bool
	read := make(chan pauses)
	go func() { read <- readUntil(&stop, h) }()
	number := int64(1)
	for b.Loop() {
		number++
		version := g.usual(number)
		require.NoError(b, h.Prepare(b.Context(), version))
		_, err := g.Move(b.Context(), number-1, version)
		require.NoError(b, err)
		require.NoError(b, h.Activate(b.Context(), "web"))
	}
	stop.Store(true)
	seen := <-read
	require.NotEmpty(b, seen.switches)
	slices.Sort(seen.switches)
	b.ReportMetric(milliseconds(seen.switches[len(seen.switches)-1]), "longest-ms")
	b.ReportMetric(milliseconds(seen.switches[len(seen.switches)/2]), "median-ms")
	b.ReportMetric(milliseconds(seen.elsewhere), "elsewhere-ms")
}

// pauses are times between two reads.
type pauses struct {
	switches  []time.Duration
	elsewhere time.Duration // longest
}

func readUntil(stop *atomic.Bool, h *versions.Holder) (seen pauses) {
	last, at := h.Serving("web").Number, time.Now()
	for !stop.Load() {
		number, now := h.Serving("web").Number, time.Now()
		if number != last {
			seen.switches = append(seen.switches, now.Sub(at))
		} else {
			seen.elsewhere = max(seen.elsewhere, now.Sub(at))
		}
		last, at = number, now
	}
	return seen
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
