package historypg_test

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/history"
)

// TestFaults records while connections die. What was acknowledged is there, each
// contact and response once, and the rows of customers agree with them.
func TestFaults(t *testing.T) {
	t.Parallel()

	t.Run("OfSessionsAtAnyInstant", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		servers := []*history.Recorder{g.server(g.url, history.Options{}), g.server(g.url, history.Options{})}
		ctx, cancel := context.WithCancel(t.Context())
		var killer sync.WaitGroup
		killer.Go(func() {
			for ctx.Err() == nil {
				_, _ = g.db.ExecContext(ctx, `
					SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
					ORDER BY random() LIMIT 1`)
				select {
				case <-ctx.Done():
				case <-time.After(40 * time.Millisecond):
				}
			}
		})
		acknowledged := load(t, g, servers, 20, 15)
		cancel()
		killer.Wait()
		agree(t, g, acknowledged)
	})

	t.Run("OfAnswersToCommits", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		proxy := newProxy(t, g.url)
		server := g.server(proxy.url, history.Options{Patience: 20 * time.Second})
		var lost atomic.Int64
		proxy.loses = func() bool { return lost.Add(1)%3 == 1 }
		acknowledged := load(t, g, []*history.Recorder{server}, 10, 20)
		require.Len(t, acknowledged, 2*10*20, "each is tried again")
		require.Greater(t, lost.Load(), int64(10))
		agree(t, g, acknowledged)
	})

	t.Run("OfADatabaseThatIsAway_AreTold_AndPass", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		proxy := newProxy(t, g.url)
		server := g.server(proxy.url, history.Options{Patience: 50 * time.Millisecond})
		proxy.refuses.Store(true)
		c := g.contact("ada", "card", noon)
		_, err := server.Record(t.Context(), history.Batch{Contacts: []history.Contact{c}})
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
		require.Empty(t, g.entries())
		proxy.refuses.Store(false)
		_, err = server.Record(t.Context(), history.Batch{Contacts: []history.Contact{c}})
		require.NoError(t, err)
		require.Len(t, g.entries(), 1)
	})
}

// load has visitors present and respond, each of whom goes on after an error, and
// returns the treatments of what was acknowledged: those of contacts, and of
// responses.
func load(t *testing.T, g *group, servers []*history.Recorder, visitors, each int) map[string]bool {
	t.Helper()
	acknowledged := map[string]bool{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for v := range visitors {
		all.Go(func() {
			server := servers[v%len(servers)]
			for i := range each {
				at := noon.Add(time.Duration(i) * time.Minute)
				c := g.contact(key(v%7), "card", at)
				if v%2 == 0 { // not known: such contacts may be a statement without a transaction
					c.Level, c.Customer = "", ""
				}
				if _, err := server.Record(t.Context(), history.Batch{Contacts: []history.Contact{c}}); err != nil {
					continue
				}
				kept, err := server.Record(t.Context(), history.Batch{Responses: []history.Response{accept(c, at.Add(time.Second))}})
				mu.Lock()
				acknowledged["contact "+c.Treatment.String()] = true
				if err == nil && kept[0].State == history.Recorded {
					acknowledged["response "+c.Treatment.String()] = true
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return acknowledged
}

// agree compares the history with what was acknowledged and with the rows of
// customers.
func agree(t *testing.T, g *group, acknowledged map[string]bool) {
	t.Helper()
	seen := map[string]int{}
	presented := map[string]int64{}
	for _, e := range g.entries() {
		switch {
		case e.Contact != nil:
			seen["contact "+e.Contact.Treatment.String()]++
			if e.Contact.Customer != "" {
				presented[e.Contact.Customer]++
			}
		case e.Response != nil:
			seen["response "+e.Response.Treatment.String()]++
		default:
			t.Fatalf("an orphan: %v", e.Orphan)
		}
	}
	for what := range acknowledged {
		require.Equal(t, 1, seen[what], what)
	}
	for what, n := range seen {
		require.Equal(t, 1, n, what)
	}
	require.NotEmpty(t, acknowledged)
	for key, n := range presented {
		require.Equal(t, n, g.past(key)["card"].Presented, key)
	}
}

// proxy stands before PostgreSQL.
type proxy struct {
	url     string
	refuses atomic.Bool
	// loses says whether the answer is lost to a commit, or to a statement that may be a
	// transaction by itself, and the connection with it.
	loses func() bool
}

func newProxy(t *testing.T, databaseURL string) *proxy {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	upstream := u.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	u.Host = listener.Addr().String()
	p := &proxy{url: u.String(), loses: func() bool { return false }}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			if p.refuses.Load() {
				client.Close()
				continue
			}
			running.Go(func() { p.serve(client, upstream) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	return p
}

func (p *proxy) serve(client net.Conn, upstream string) {
	defer client.Close()
	server, err := net.Dial("tcp", upstream)
	if err != nil {
		return
	}
	defer server.Close()
	var lost atomic.Bool
	var back sync.WaitGroup
	defer back.Wait()
	back.Go(func() {
		defer client.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if err != nil || lost.Load() || p.refuses.Load() {
				return // what it answered has happened
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			server.Close()
			return
		}
		commits := bytes.HasPrefix(buffer[:n], []byte("Q\x00\x00\x00\x0bCOMMIT\x00"))
		if (commits || bytes.Contains(buffer[:n], []byte("INSERT INTO contact_blocks"))) && p.loses() {
			lost.Store(true)
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}
