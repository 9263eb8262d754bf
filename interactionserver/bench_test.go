package interactionserver_test

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
)

// BenchmarkInteraction takes interactions from submit to stop, with ten agents,
// all in one process, and reports the processor time of this process and of its
// PostgreSQL sessions for each.
func BenchmarkInteraction(b *testing.B) {
	g := setup(b, 10)
	g.run()
	var stopped sync.WaitGroup
	stopped.Add(b.N)
	for _, agent := range g.agents {
		g.ready(agent)
		go desk(g, agent, &stopped)
	}
	before := processorTime(b, g)
	b.ResetTimer()
	var submitting sync.WaitGroup
	work := make(chan struct{})
	for range 4 {
		submitting.Go(func() {
			for range work {
				_, _, err := g.Submit(b.Context(), g.media, interactionserver.Submission{
					MediaType: "chat", Process: "disputes",
					Properties: process.Values{"customer": "c-1", "amount": 12, "text": strings.Repeat("x", 400)},
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	submitting.Wait()
	stopped.Wait()
	require.Eventually(b, func() bool {
		return g.count("SELECT count(*) FROM interactions WHERE stopped_at IS NULL") == 0
	}, waitFor, time.Millisecond)
	b.StopTimer()
	b.ReportMetric((processorTime(b, g)-before).Seconds()*1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "interactions/s")
	require.Equal(b, b.N, g.count("SELECT count(*) FROM interactions"))
}

// desk answers what is offered to an agent until the test ends.
func desk(g *bundle, agent accountID, completed *sync.WaitGroup) {
	changed, stop := g.WatchAgent(agent)
	defer stop()
	for {
		select {
		case <-g.t.Context().Done():
			return
		case <-changed:
		}
		a, err := g.Agent(g.t.Context(), agent, agent)
		if err != nil {
			continue
		}
		for _, in := range a.Assignments {
			if in.State == interactionserver.Delivering {
				_, err := g.Accept(g.t.Context(), agent, in.ID, in.Assignment)
				if err == nil {
					_, err = g.Complete(g.t.Context(), agent, in.ID, in.Assignment, interactionserver.Completion{Outcome: "done"})
				}
				if err == nil {
					completed.Done()
				}
			}
		}
	}
}

// processorTime is that of this process and of the sessions in its database.
func processorTime(b *testing.B, g *bundle) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	total := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	var pids []int
	require.NoError(b, g.db.Select(&pids, "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"))
	for _, pid := range pids {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			continue // on another host
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		for _, field := range fields[11:13] {
			ticks, err := strconv.Atoi(field)
			require.NoError(b, err)
			total += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	return total
}
