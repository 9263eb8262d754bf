package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
)

// group are servers of which each answers with what it is told to.
type group struct {
	t       *testing.T
	servers []*httptest.Server
	urls    []string
	mu      sync.Mutex
	calls   map[string][]string // per server: method and path
	answer  func(w http.ResponseWriter, r *http.Request)
}

func newGroup(t *testing.T, n int) *group {
	t.Helper()
	g := &group{t: t, calls: map[string][]string{}, answer: success}
	for range n {
		var self string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			g.mu.Lock()
			g.calls[self] = append(g.calls[self], r.Method+" "+r.RequestURI)
			answer := g.answer
			g.mu.Unlock()
			answer(w, r)
		}))
		t.Cleanup(server.Close)
		self = server.URL
		g.servers, g.urls = append(g.servers, server), append(g.urls, server.URL)
	}
	return g
}

func success(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"sessionId":"s","status":0,"messages":[]}`))
}

func problem(status int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"type":"https://switchyard.dev/problems/x","title":"x","status":%d,"detail":"x"}`, status)
	}
}

// lose ends the connection without an answer.
func lose(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func (g *group) runtime(change ...func(*client.RuntimeOptions)) *client.Runtime {
	// Without connections that are kept each call finds out whether the server is there.
	transport := &http.Transport{DisableKeepAlives: true}
	o := client.RuntimeOptions{Options: client.Options{Credential: "swk_1", Backoff: time.Millisecond, HTTP: &http.Client{Transport: transport}}}
	for _, f := range change {
		f(&o)
	}
	return client.NewRuntime(g.urls, o)
}

// answers makes the servers answer like this.
func (g *group) answers(answer func(http.ResponseWriter, *http.Request)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = answer
}

// called is how a server was called.
func (g *group) called(url string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.calls[url])
}

// down ends a server.
func (g *group) down(url string) {
	g.servers[slices.Index(g.urls, url)].Close()
}

func (g *group) sum() (calls int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, each := range g.calls {
		calls += len(each)
	}
	return calls
}

func TestRank(t *testing.T) {
	t.Parallel()
	servers := []string{"http://10.0.0.1:7500", "http://10.0.0.2:7500", "http://10.0.0.3:7500", "http://10.0.0.4:7500"}

	t.Run("IsWhatTheDocumentationSays", func(t *testing.T) {
		t.Parallel()
		// Computed by another program from the words of Rank's documentation.
		require.Equal(t, []string{"http://10.0.0.3:7500", "http://10.0.0.1:7500", "http://10.0.0.4:7500", "http://10.0.0.2:7500"}, client.Rank("visit-4711", servers))
	})

	t.Run("DoesNotDependOnTheOrder", func(t *testing.T) {
		t.Parallel()
		turned := slices.Clone(servers)
		slices.Reverse(turned)
		for i := range 1000 {
			session := fmt.Sprint("visit-", i)
			require.Equal(t, client.Rank(session, servers), client.Rank(session, turned))
		}
	})

	t.Run("SpreadsSessionsEvenlyAndMovesOnlyThoseOfALostServer", func(t *testing.T) {
		t.Parallel()
		const sessions = 40_000
		counts, second := map[string]int{}, map[string]int{}
		for i := range sessions {
			session := fmt.Sprint(i)
			ranked := client.Rank(session, servers)
			counts[ranked[0]]++
			fewer := client.Rank(session, servers[:3])
			if ranked[0] != servers[3] {
				require.Equal(t, ranked[0], fewer[0])
			} else {
				require.Equal(t, ranked[1], fewer[0])
				second[fewer[0]]++
			}
		}
		for _, server := range servers {
			require.InDelta(t, sessions/4, counts[server], 5*100, server) // 5 standard deviations are 433
		}
		for _, server := range servers[:3] {
			require.InDelta(t, counts[servers[3]]/3, second[server], 300, server)
		}
	})
}

func TestRuntime(t *testing.T) {
	t.Parallel()

	t.Run("SendsAllCallsOfASessionToOneServer", func(t *testing.T) {
		t.Parallel()
		g := newGroup(t, 3)
		r := g.runtime()
		ctx := t.Context()
		const session = "a/b ü?"
		_, err := r.StartSession(ctx, session, client.StartSession{Channel: "web"})
		require.NoError(t, err)
		_, err = r.GetOffers(ctx, session, client.GetOffers{OffersWanted: client.OffersWanted{Point: "hero", Count: 1}})
		require.NoError(t, err)
		_, err = r.PostEvent(ctx, session, client.PostEvent{Event: "accept"})
		require.NoError(t, err)
		_, err = r.SetAudience(ctx, session, client.SetAudience{})
		require.NoError(t, err)
		_, err = r.GetProfile(ctx, session)
		require.NoError(t, err)
		_, err = r.SetDebug(ctx, session, true)
		require.NoError(t, err)
		_, err = r.ExecuteBatch(ctx, session, client.RuntimeBatch{})
		require.NoError(t, err)
		_, err = r.EndSession(ctx, session)
		require.NoError(t, err)
		const path = "/v1/sessions/a%2Fb%20%C3%BC%3F"
		require.Equal(t, []string{
			"PUT " + path, "POST " + path + "/offers", "POST " + path + "/events", "PUT " + path + "/audience",
			"GET " + path + "/profile", "PUT " + path + "/debug", "POST /v1/batch/a%2Fb%20%C3%BC%3F", "DELETE " + path,
		}, g.called(client.Rank(session, g.urls)[0]))
		require.Equal(t, 8, g.sum())
	})

	t.Run("GoesToTheNextServerWhereTheFirstCannotBeReached", func(t *testing.T) {
		t.Parallel()
		g := newGroup(t, 3)
		ranked := client.Rank("s", g.urls)
		g.down(ranked[0])
		r := g.runtime()
		for range 3 {
			_, err := r.GetOffers(t.Context(), "s", client.GetOffers{})
			require.NoError(t, err, "an offer that was not asked for yet can be asked for elsewhere")
		}
		require.Len(t, g.called(ranked[1]), 3)
		g.down(ranked[1])
		_, err := r.PostEvent(t.Context(), "s", client.PostEvent{})
		require.NoError(t, err)
		g.down(ranked[2])
		_, err = r.StartSession(t.Context(), "s", client.StartSession{})
		require.Error(t, err)
	})

	t.Run("ComesBackToAServer", func(t *testing.T) {
		t.Parallel()
		g := newGroup(t, 2)
		r := g.runtime(func(o *client.RuntimeOptions) { o.Pause = time.Nanosecond })
		ranked := client.Rank("s", g.urls)
		g.answers(lose)
		_, err := r.GetOffers(t.Context(), "s", client.GetOffers{})
		require.Error(t, err)
		_, err = r.GetOffers(t.Context(), "s", client.GetOffers{})
		require.Error(t, err)
		g.answers(success)
		_, err = r.GetOffers(t.Context(), "s", client.GetOffers{})
		require.NoError(t, err)
		require.Len(t, g.called(ranked[0]), 3)
	})

	t.Run("PassesAServerOverThatLosesAnswers", func(t *testing.T) {
		t.Parallel()
		g := newGroup(t, 2)
		ranked := client.Rank("s", g.urls)
		g.answers(func(w http.ResponseWriter, r *http.Request) {
			if "http://"+r.Host == ranked[0] {
				lose(w, r)
			}
			success(w, r)
		})
		_, err := g.runtime().StartSession(t.Context(), "s", client.StartSession{})
		require.NoError(t, err)
		require.Len(t, g.called(ranked[0]), 2)
		require.Len(t, g.called(ranked[1]), 1)
	})

	t.Run("RepeatsOnlyWhatMayBeDoneTwice", func(t *testing.T) {
		t.Parallel()
		offers := client.RuntimeCommand{Method: client.MethodGetOffers}
		start := client.RuntimeCommand{Method: client.MethodStartSession}
		for _, test := range []struct {
			name string
			call func(*client.Runtime) error
			once bool
		}{
			{"start", func(r *client.Runtime) error {
				_, err := r.StartSession(t.Context(), "s", client.StartSession{})
				return err
			}, false},
			{"profile", func(r *client.Runtime) error { _, err := r.GetProfile(t.Context(), "s"); return err }, false},
			{"end", func(r *client.Runtime) error { _, err := r.EndSession(t.Context(), "s"); return err }, false},
			{"offers", func(r *client.Runtime) error { _, err := r.GetOffers(t.Context(), "s", client.GetOffers{}); return err }, true},
			{"event", func(r *client.Runtime) error { _, err := r.PostEvent(t.Context(), "s", client.PostEvent{}); return err }, true},
			{"batch of a start", func(r *client.Runtime) error {
				_, err := r.ExecuteBatch(t.Context(), "s", client.RuntimeBatch{Commands: []client.RuntimeCommand{start}})
				return err
			}, false},
			{"batch with offers", func(r *client.Runtime) error {
				_, err := r.ExecuteBatch(t.Context(), "s", client.RuntimeBatch{Commands: []client.RuntimeCommand{start, offers}})
				return err
			}, true},
		} {
			for status, answer := range map[int]func(http.ResponseWriter, *http.Request){0: lose, 503: problem(503), 429: problem(429), 403: problem(403)} {
				g := newGroup(t, 1)
				var calls atomic.Int32
				g.answers(func(w http.ResponseWriter, r *http.Request) {
					if calls.Add(1) == 1 {
						answer(w, r)
						return
					}
					success(w, r)
				})
				err := test.call(g.runtime())
				if status == 403 || test.once && status != 429 {
					require.Error(t, err, "%s %d", test.name, status)
					require.Equal(t, 1, g.sum(), "%s %d", test.name, status)
				} else {
					require.NoError(t, err, "%s %d", test.name, status)
					require.Equal(t, 2, g.sum(), "%s %d", test.name, status)
				}
			}
		}
	})

	t.Run("DoesNotSendWhatCannotBeWritten", func(t *testing.T) {
		t.Parallel()
		g := newGroup(t, 1)
		_, err := g.runtime().PostEvent(t.Context(), "s", client.PostEvent{Parameters: client.Properties{"f": func() {}}})
		require.ErrorContains(t, err, "encode")
		require.Zero(t, g.sum())
	})

	t.Run("ReadsAnswers", func(t *testing.T) {
		t.Parallel()
		var a client.RuntimeAnswer
		require.NoError(t, json.Unmarshal([]byte(`{"sessionId":"s","status":1,"version":{"channel":"web","number":7,"hash":"ab"},
			"messages":[{"level":"warning","code":5,"text":"t","detail":"d"}],
			"offerLists":[{"point":"hero","offers":[{"treatment":"t1","offer":"card","score":1.5,"attributes":{"fee":9007199254740993}}]}]}`), &a))
		require.Equal(t, client.RuntimeWarning, a.Status)
		m, ok := a.Message(5)
		require.True(t, ok)
		require.Equal(t, "d", m.Detail)
		_, ok = a.Message(6)
		require.False(t, ok)
		require.Equal(t, int64(9007199254740993), a.Offers("hero")[0].Attributes["fee"])
		require.Nil(t, a.Offers("box"))
	})
}

func TestSessionPath(t *testing.T) {
	t.Parallel()
	for id, path := range map[string]string{".": "%2E", "..": "%2E%2E", "a.b": "a.b", "a/b": "a%2Fb", "%": "%25", "ü": "%C3%BC", "\x00": "%00"} {
		require.Equal(t, path, client.SessionPath(id))
	}
}
