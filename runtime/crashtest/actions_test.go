package crashtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// complaining has an event that leads to a webhook at once and one later, to an
// interaction and to a response, and patterns of which one is met by each third of
// them, and one at once.
func complaining(hooks string) bundle.Content {
	content := shop(1)
	after := duration.Duration(2 * time.Second)
	send := map[string]string{"n": "event.n"}
	content.Events["complaint"] = definition.Event{
		Parameters: []definition.Attribute{{Name: "n", Type: definition.Whole}},
		Actions: []definition.EventAction{
			{Do: definition.CallWebhook, URL: hooks + "/now", Send: send},
			{Do: definition.CallWebhook, URL: hooks + "/later", Send: send, After: &after},
			{Do: definition.SubmitInteraction, Process: "dispute", MediaType: "chat", Send: send},
			{Do: definition.LogAcceptance, After: &after},
		},
	}
	content.Events["thanks"] = definition.Event{}
	content.EventPatterns = map[string]definition.EventPattern{
		"third": {
			Logic: definition.Counter, Again: true, Members: []definition.PatternMember{{Event: "complaint", Count: 3}},
			Actions: []definition.EventAction{{Do: definition.CallWebhook, URL: hooks + "/third"}},
		},
		"thankful": {
			Logic: definition.Counter, Again: true, Members: []definition.PatternMember{{Event: "thanks"}},
			Actions: []definition.EventAction{
				{Do: definition.SetProfile, Set: map[string]string{"visits": "profile.visits + 1"}}, {Do: definition.LogAcceptance},
			},
		},
	}
	return content
}

// receiver is whom webhooks call.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	calls int
	ids   map[string]map[string]bool // of what was received, by path and n, or customer
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{ids: map[string]map[string]bool{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var body struct {
		ID   string         `json:"id"`
		Key  []string       `json:"key"`
		Data map[string]int `json:"data"`
	}
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil || body.ID != request.Header.Get("Idempotency-Key") || len(body.Key) != 1 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	what := request.URL.Path + " " + body.Key[0]
	if n, ok := body.Data["n"]; ok {
		what = fmt.Sprintf("%s %d", request.URL.Path, n)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.calls%20 == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if r.ids[what] == nil {
		r.ids[what] = map[string]bool{}
	}
	r.ids[what][body.ID] = true
}

// complainant is a customer who posts events; each has a number of its own.
type complainant struct {
	shopper
	customer string
	first    int
	visit    string

	told, unknown []int          // numbers of complaints
	thanked       []string       // treatments that were acknowledged
	accepted      map[int]string // treatment of each complaint
}

func (c *complainant) run(ctx context.Context) {
	for n := c.first; ctx.Err() == nil; n++ {
		treatments := c.treatments(ctx)
		if len(treatments) < 2 {
			continue
		}
		c.accepted[n] = treatments[0]
		_, code, err := c.call("complaint", func(ctx context.Context) (client.RuntimeAnswer, error) {
			return c.runtime.PostEvent(ctx, c.visit, client.PostEvent{Event: "complaint", Treatment: treatments[0], Parameters: client.Properties{"n": n}})
		})
		switch {
		case err == nil && code == 0:
			c.told = append(c.told, n)
		case err == nil && code == int(touchpoint.UnknownSession): // surely not
		default:
			c.unknown = append(c.unknown, n)
		}
		_, code, err = c.call("thanks", func(ctx context.Context) (client.RuntimeAnswer, error) {
			return c.runtime.PostEvent(ctx, c.visit, client.PostEvent{Event: "thanks", Treatment: treatments[1]})
		})
		if err == nil && (code == 0 || code == int(touchpoint.ActionDelayed)) {
			c.thanked = append(c.thanked, treatments[1])
		}
	}
}

// treatments are those of two offers, in a session that there is.
func (c *complainant) treatments(ctx context.Context) []string {
	for ctx.Err() == nil {
		c.visits++
		c.visit = fmt.Sprintf("%s-%d", c.customer, c.visits)
		if !c.begin(c.visit, c.customer) {
			continue
		}
		answer, code, err := c.call("offers", func(ctx context.Context) (client.RuntimeAnswer, error) {
			return c.runtime.GetOffers(ctx, c.visit, client.GetOffers{OffersWanted: client.OffersWanted{Point: "hero", Count: 2}})
		})
		if err != nil || code != 0 {
			continue
		}
		var all []string
		for _, o := range answer.Offers("hero") {
			all = append(all, o.Treatment)
		}
		return all
	}
	return nil
}

// TestServersDieBeforeTheActions kills servers between events and what they lead to.
func TestServersDieBeforeTheActions(t *testing.T) {
	t.Parallel()
	chance, l, hooks := seeded(t), newLedger(), newReceiver(t)
	g := setup(t, surroundings{servers: 2, content: complaining(hooks.URL)})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	var all []*complainant
	var running sync.WaitGroup
	for i := range 4 {
		c := &complainant{customer: fmt.Sprintf("c%d", i), first: (i + 1) * 1_000_000, accepted: map[int]string{}}
		c.shopper = shopper{name: c.customer, runtime: g.runtime(), ledger: l, chance: seededBy(chance, i)}
		all = append(all, c)
		running.Go(func() { c.run(ctx) })
	}
	kills := 0
	for range rounds(4, 80) {
		pause(chance, 100*time.Millisecond, 2*time.Second)
		m := g.servers[chance.IntN(len(g.servers))]
		m.Kill()
		kills++
		pause(chance, time.Millisecond, 300*time.Millisecond)
		g.restart(m)
		if chance.IntN(3) != 0 {
			g.awaitServers()
		}
	}
	g.awaitServers()
	cancel()
	running.Wait()

	// The last ones become due while no server runs. What the dead have claimed lapses
	// after a minute, of which the test does not wait for all.
	for _, m := range g.servers {
		m.Kill()
		kills++
	}
	<-time.After(2500 * time.Millisecond)
	_, err := g.db.Exec(`UPDATE delayed_actions SET ready_at = ready_at - interval '1 minute' WHERE fence > 0`)
	require.NoError(t, err)
	for _, m := range g.servers {
		g.restart(m)
	}
	eventually(t, "all actions are done", func() bool { return g.count(`SELECT count(*) FROM delayed_actions WHERE dead_at IS NULL`) == 0 })
	require.Zero(t, g.count(`SELECT count(*) FROM delayed_actions`), "none was given up")
	hooks.check(t, g, all)
	t.Logf("%d kills; %s", kills, l)
}

// check compares what was received with what was acknowledged.
func (r *receiver) check(t *testing.T, g *group, all []*complainant) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	submitted := func(n int) int64 {
		return g.count(`SELECT count(*) FROM interactions WHERE media_source = 'runtime' AND properties -> 'data' ->> 'n' = $1`, fmt.Sprint(n))
	}
	complaints := 0
	for _, c := range all {
		require.NotEmpty(t, c.told)
		require.NotEmpty(t, c.thanked)
		for _, n := range c.told {
			require.Len(t, r.ids[fmt.Sprintf("/now %d", n)], 1, n)
			require.Len(t, r.ids[fmt.Sprintf("/later %d", n)], 1, n)
			require.EqualValues(t, 1, submitted(n), n)
			require.EqualValues(t, 1, g.count(`SELECT count(*) FROM responses WHERE treatment = $1`, c.accepted[n]), "the response of complaint %d", n)
		}
		for _, n := range c.unknown { // all or nothing
			now := len(r.ids[fmt.Sprintf("/now %d", n)])
			require.LessOrEqual(t, now, 1, n)
			require.Len(t, r.ids[fmt.Sprintf("/later %d", n)], now, n)
			require.EqualValues(t, now, submitted(n), n)
		}
		for _, treatment := range c.thanked {
			require.EqualValues(t, 1, g.count(`SELECT count(*) FROM responses WHERE treatment = $1`, treatment), "what a pattern does at once")
		}
		third := len(r.ids["/third "+c.customer])
		require.GreaterOrEqual(t, third, len(c.told)/3, "each third complaint of %s", c.customer)
		require.LessOrEqual(t, third, (len(c.told)+len(c.unknown))/3, "each third complaint of %s", c.customer)
		complaints += len(c.told)
	}
	distinct := 0
	for _, ids := range r.ids {
		distinct += len(ids)
	}
	t.Logf("%d complaints acknowledged, %d webhooks in %d calls, of which each twentieth was refused", complaints, distinct, r.calls)
}

// TestAServerDiesBeforeWhatAPatternDoesAtOnce kills a server between the transaction
// that says that a pattern is met and the response that the pattern gives.
func TestAServerDiesBeforeWhatAPatternDoesAtOnce(t *testing.T) {
	t.Parallel()
	g := setup(t, surroundings{servers: 1, content: complaining("http://127.0.0.1")})
	c := &complainant{customer: "ada", shopper: shopper{name: "ada", runtime: g.runtime(), ledger: newLedger(), chance: seeded(t)}}
	treatments := c.treatments(t.Context())
	require.Len(t, treatments, 2)

	held, err := g.db.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { _ = held.Rollback() }()
	_, err = held.ExecContext(t.Context(), `LOCK TABLE responses IN EXCLUSIVE MODE`)
	require.NoError(t, err)
	told := make(chan error, 1)
	go func() {
		_, err := c.runtime.PostEvent(context.Background(), c.visit, client.PostEvent{Event: "thanks", Treatment: treatments[0]})
		told <- err
	}()
	eventually(t, "the pattern is met", func() bool { return g.count(`SELECT count(*) FROM pattern_states WHERE pattern = 'thankful'`) == 1 })
	g.servers[0].Kill()
	require.NoError(t, held.Rollback())
	require.Error(t, <-told, "the call was cut off")
	g.restart(g.servers[0])

	eventually(t, "the response is there", func() bool { return g.count(`SELECT count(*) FROM responses`) == 1 })
	eventually(t, "nothing is left to do", func() bool { return g.count(`SELECT count(*) FROM delayed_actions`) == 0 })
	require.EqualValues(t, 1, g.count(`SELECT count(*) FROM responses WHERE treatment = $1 AND type = 'accept'`, treatments[0]))
	require.EqualValues(t, 1, g.count(`SELECT count(*) FROM customer_offers WHERE accepted_at IS NOT NULL`))
}
