package rehearsal_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
)

// memory is a job and a table without a database.
type memory struct {
	job   rehearsal.Job
	rows  []profiles.Profile
	bytes int // of the result
}

func (m *memory) Job(context.Context, string) (rehearsal.Job, error) { return m.job, nil }

func (m *memory) Report(context.Context, string, rehearsal.Progress) error { return nil }

func (m *memory) Finish(_ context.Context, _ string, _ rehearsal.Progress, result json.RawMessage) error {
	m.bytes = len(result)
	return nil
}

func (m *memory) Count(context.Context, string, int) (int, error) { return len(m.rows), nil }

func (m *memory) Read(_ context.Context, _, after string, limit int) ([]profiles.Profile, error) {
	from := 0
	for i, row := range m.rows {
		if row.Key == after {
			from = i + 1
		}
	}
	// The runner keeps what it is given in place.
	return append([]profiles.Profile(nil), m.rows[from:min(from+limit, len(m.rows))]...), nil
}

// BenchmarkRun runs 2,000 profiles through a package of usual size.
func BenchmarkRun(b *testing.B) {
	for name, decide := range map[string]bool{"flowcharts": false, "strategies": true} {
		b.Run(name, func(b *testing.B) {
			p := bundletest.Synthetic(bundletest.Usual)
			content, hash, err := p.Encode()
			require.NoError(b, err)
			m := &memory{job: rehearsal.Job{Package: content, Input: rehearsal.Input{
				Tenant: p.Tenant, Channel: p.Channel, Hash: hash, Decide: decide, Level: "individual", FromTable: true, Limit: 2000, Now: bundletest.Now,
			}}}
			for i := range 2000 {
				attributes := bundletest.Profile(i)
				m.rows = append(m.rows, profiles.Profile{Key: attributes["customer"].(string), Attributes: attributes})
			}
			for b.Loop() {
				progress, err := rehearsal.NewRunner(p.Tenant, m, m).Run(b.Context(), "")
				require.NoError(b, err)
				require.EqualValues(b, 2000, progress.Done)
			}
			b.ReportMetric(float64(m.bytes)/1024, "result-KiB")
			b.ReportMetric(2000*float64(b.N)/b.Elapsed().Seconds(), "profiles/s")
		})
	}
}
