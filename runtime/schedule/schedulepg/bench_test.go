package schedulepg_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/schedule/schedulepg"
)

// BenchmarkWrite writes moments of one pattern each, of as many customers.
func BenchmarkWrite(b *testing.B) {
	s := schedulepg.New(postgrestest.Open(b, postgrestest.New(b, migration.Solution)), "one", schedulepg.Options{})
	var customers atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m := moment(fmt.Sprint(customers.Add(1)%10_000), schedule.Step{Pattern: "buyer",
				Apply: func(state eventpattern.State) (eventpattern.State, bool) { return state, false }})
			if _, err := s.Write(b.Context(), m); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/max(b.Elapsed().Seconds(), time.Nanosecond.Seconds()), "moments/s")
}
