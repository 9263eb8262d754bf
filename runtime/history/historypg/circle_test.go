package historypg_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
)

// twoServers are stores of a group whose database does not look for writers that wait
// for each other within the time of a test: those would wait until it is over.
func twoServers(t *testing.T) (g *group, servers [2]*historypg.Store) {
	t.Helper()
	g = setup(t)
	name := g.url[strings.LastIndexByte(g.url, '/')+1:]
	name, _, _ = strings.Cut(name, "?")
	_, err := postgrestest.Open(t, postgrestest.Admin(t)).ExecContext(t.Context(),
		`ALTER DATABASE `+pq.QuoteIdentifier(name)+` SET deadlock_timeout = '10min'`)
	require.NoError(t, err)
	for i := range servers {
		servers[i] = historypg.New(postgrestest.Open(t, g.url))
	}
	return g, servers
}

// TestTheSameCustomerAtTwoServers has limits within a time at one of them, or at
// both: transactions with such a limit read the rows of the customer before they
// write them, and others do not.
func TestTheSameCustomerAtTwoServers(t *testing.T) {
	t.Parallel()
	hour := duration.Duration(time.Hour)
	limit := &definition.Limit{Presentations: 3, For: &hour}

	t.Run("NeverWaitsInACircle_AndIsOvertakenOnce", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		g, servers := twoServers(t)
		present := func(limit *definition.Limit, offers ...string) (b history.Batch) {
			for _, offer := range offers {
				c := g.contact("ada", offer, noon)
				c.PerCustomer = limit
				b.Contacts = append(b.Contacts, c)
			}
			return b
		}
		waiting := func(n int) {
			require.Eventually(t, func() bool {
				return g.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == n
			}, 10*time.Second, 5*time.Millisecond)
		}
		g.write(present(nil, "b", "c"))
		holder, err := g.db.BeginTxx(ctx, nil)
		require.NoError(t, err)
		defer holder.Rollback() //nolint:errcheck // after the commit it is nothing
		_, err = holder.ExecContext(ctx, `UPDATE customer_offers SET presented = presented + 1, version = version + 1 WHERE offer = 'c'`)
		require.NoError(t, err)

		// The first one has read the row of c, and finds another one when it writes it. It
		// must not have that of b by then and have yet to make that of a.
		var writing sync.WaitGroup
		var failed [2]error
		for i, b := range []history.Batch{present(limit, "a", "b", "c"), present(nil, "a", "b")} {
			writing.Go(func() { _, failed[i] = servers[i].Write(ctx, []history.Batch{b}) })
			waiting(i + 1)
		}
		released := time.Now()
		require.NoError(t, holder.Commit())
		writing.Wait()
		require.NoError(t, failed[0])
		require.NoError(t, failed[1])
		t.Logf("both were written %s after the row was free", time.Since(released).Round(time.Millisecond))
		past := g.past("ada")
		for offer, presented := range map[string]int64{"a": 2, "b": 3, "c": 3} {
			require.Equal(t, presented, past[offer].Presented, offer)
		}
	})

	t.Run("IsCountedOnce", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		g, servers := twoServers(t)
		const writers, each, customers = 4, 40, 10
		offers := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
		var all sync.WaitGroup
		var mu sync.Mutex
		var failed error
		want := map[string]map[string]int64{}
		for _, server := range servers {
			for range writers {
				all.Go(func() {
					for i := range each {
						var b history.Batch
						var per *definition.Limit
						if rand.IntN(2) == 0 {
							per = limit
						}
						who := key(i * customers / each) // at about the same time at all
						mu.Lock()
						for _, at := range rand.Perm(len(offers))[:4] {
							c := g.contact(who, offers[at], noon.Add(time.Duration(i)*time.Second))
							c.PerCustomer = per
							b.Contacts = append(b.Contacts, c)
							if want[who] == nil {
								want[who] = map[string]int64{}
							}
							want[who][c.Offer]++
						}
						mu.Unlock()
						if _, err := server.Write(ctx, []history.Batch{b}); err != nil {
							mu.Lock()
							failed = err
							mu.Unlock()
							return
						}
					}
				})
			}
		}
		all.Wait()
		require.NoError(t, failed)
		for who, presented := range want {
			past := g.past(who)
			require.Len(t, past, len(presented))
			for offer, n := range presented {
				require.Equal(t, n, past[offer].Presented, "%s of %s", offer, who)
			}
		}
	})
}
