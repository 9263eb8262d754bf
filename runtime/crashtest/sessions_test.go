package crashtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// answeredIn is the deadline of a call, with what a loaded machine may take longer.
const answeredIn = touchpoint.DefaultDeadline + 6*time.Second

// single has one offer, shown three times in a visit at most.
func single() bundle.Content {
	content := shop(1)
	content.Channel.Learning, content.Channel.PresentationsPerVisit, content.LearningModels = "", 3, nil
	content.Offers = map[string]definition.Offer{"card": {}}
	content.Strategies = map[string]definition.Strategy{"all": {Rules: []definition.TreatmentRule{{Name: "card", Offer: "card"}}}}
	return content
}

// TestASessionOutlivesItsServer kills servers while they are at work on sessions
// that the group shares; the other server goes on with them.
func TestASessionOutlivesItsServer(t *testing.T) {
	t.Parallel()
	store, chance := newRedis(t), seeded(t)
	g := setup(t, surroundings{servers: 2, content: single(), sessionStore: store.url()})
	for round := range rounds(2, 25) {
		dying, other := g.servers[round%2], g.servers[1-round%2]
		visits := make([]*sharedVisit, 4)
		var running sync.WaitGroup
		for i := range visits {
			v := &sharedVisit{id: fmt.Sprintf("visit-%d-%d", round, i), at: g.runtime(dying)}
			visits[i] = v
			require.NoError(t, v.begin(t.Context()))
			running.Go(func() { v.post(g.runtime(other)) })
		}
		pause(chance, 100*time.Millisecond, 800*time.Millisecond)
		content := single()
		content.InteractionPoints["hero"] = definition.InteractionPoint{Zone: "top", Default: fmt.Sprintf("welcome %d", round)}
		g.publish(int64(round+1), int64(round+2), content)
		dying.Kill()
		running.Wait()
		for _, v := range visits {
			v.check(t, g.runtime(other), int64(round+1))
		}
		g.restart(dying)
		g.awaitServers()
		for _, m := range g.servers {
			eventually(t, "the new version is served", func() bool {
				version, err := g.runtime(m).Version(t.Context(), "any")
				return err == nil && len(version.Channels) == 1 && version.Channels[0].Number == int64(round+2)
			})
		}
	}
	t.Logf("%d kills", rounds(2, 25))
}

// sharedVisit is a session with what the visitor was told.
type sharedVisit struct {
	id      string
	at      *client.Runtime
	hash    string
	told    int // events that were acknowledged
	unknown int // and those of which nobody knows
	wrong   error
}

func (v *sharedVisit) begin(ctx context.Context) error {
	answer, err := v.at.StartSession(ctx, v.id, client.StartSession{
		Channel: "web", Audience: client.Audience{ID: client.Properties{"id": v.id}}, Profile: client.Properties{"region": "north", "visits": 0},
		Parameters: client.Properties{"page": "home"},
	})
	if err != nil || answer.Status != client.RuntimeSuccess {
		return fmt.Errorf("start: %w %v", err, answer.Messages)
	}
	v.hash = answer.Version.Hash
	for range 2 {
		answer, err = v.at.GetOffers(ctx, v.id, client.GetOffers{OffersWanted: client.OffersWanted{Point: "hero", Count: 1}})
		if err != nil || len(answer.Offers("hero")) != 1 {
			return fmt.Errorf("offers: %w %v", err, answer.Messages)
		}
	}
	return nil
}

// post posts events until its server is dead, and one more at the other one.
func (v *sharedVisit) post(other *client.Runtime) {
	deadline := time.Now().Add(patience)
	for at := v.at; time.Now().Before(deadline); {
		answer, err := at.PostEvent(context.Background(), v.id, client.PostEvent{Event: "visited"})
		switch {
		case err != nil && at == v.at: // it is dead
			v.unknown++
			at = other
		case err != nil:
			v.wrong = err
			return
		case answer.Status == client.RuntimeSuccess:
			if v.told++; at == other {
				return
			}
		default: // until the dead server's turn is over
			if _, busy := answer.Message(int(touchpoint.Overloaded)); !busy {
				v.wrong = fmt.Errorf("%+v", answer.Messages)
				return
			}
		}
	}
	v.wrong = errors.New("the session was not free in time")
}

// check checks that the session is as it was.
func (v *sharedVisit) check(t *testing.T, at *client.Runtime, number int64) {
	t.Helper()
	require.NoError(t, v.wrong)
	answer, err := at.GetProfile(t.Context(), v.id)
	require.NoError(t, err)
	require.Equal(t, client.RuntimeSuccess, answer.Status, answer.Messages)
	require.Equal(t, "north", answer.Profile.Attributes["region"])
	require.Equal(t, client.Properties{"id": v.id}, answer.Profile.Audience.ID)
	require.Equal(t, "home", answer.Profile.Parameters["page"])
	visits, err := strconv.Atoi(fmt.Sprint(answer.Profile.Attributes["visits"]))
	require.NoError(t, err)
	require.GreaterOrEqual(t, visits, v.told, "what was acknowledged is there")
	require.LessOrEqual(t, visits, v.told+v.unknown, "and nothing else")
	require.Equal(t, v.hash, answer.Version.Hash, "it stays on its version")
	require.Equal(t, number, answer.Version.Number)
	for _, want := range []int{1, 0} { // two were shown before
		answer, err = at.GetOffers(t.Context(), v.id, client.GetOffers{OffersWanted: client.OffersWanted{Point: "hero", Count: 1}})
		require.NoError(t, err)
		require.Equal(t, client.RuntimeSuccess, answer.Status, answer.Messages)
		require.Len(t, answer.Offers("hero"), want, "counts of the visit go on")
	}
}

// TestTheSessionStoreDies kills Redis under load, and stops it, so that it hangs.
func TestTheSessionStoreDies(t *testing.T) {
	t.Parallel()
	store, chance, l, allowed := newRedis(t), seeded(t), newLedger(), 100_000
	g := setup(t, surroundings{servers: 2, content: shop(allowed), sessionStore: store.url()})
	end := shopping(t, g, chance, l, 6)
	eventually(t, "calls are served", func() bool { return l.acknowledgements() >= 50 })
	before := g.memory()
	kills, stops := 0, 0
	for range rounds(4, 80) {
		pause(chance, 100*time.Millisecond, time.Second)
		if chance.IntN(2) == 0 {
			kills++
			store.kill()
			pause(chance, 10*time.Millisecond, 2*time.Second)
			store.start()
		} else {
			stops++
			store.signal(syscall.SIGSTOP)
			pause(chance, 100*time.Millisecond, 4*time.Second)
			store.signal(syscall.SIGCONT)
		}
		told := l.acknowledgements()
		eventually(t, "calls are served again", func() bool { return l.acknowledgements() >= told+5 })
	}
	store.kill()
	<-time.After(time.Duration(rounds(3, 60)) * time.Second)
	away := g.memory()
	store.start()
	told := l.acknowledgements()
	eventually(t, "calls are served again", func() bool { return l.acknowledgements() >= told+20 })
	end()

	t.Logf("%d kills, %d stops; memory %v before, %v after the store was away; %s", kills, stops, before, away, l)
	for i, m := range g.servers {
		require.Zero(t, m.Restarts(), "a server died")
		require.Less(t, away[i].heap, before[i].heap+64<<20)
		require.Less(t, away[i].goroutines, before[i].goroutines+200)
	}
	l.requireAnswers(t, 0, int(touchpoint.UnknownSession), int(touchpoint.Overloaded), int(touchpoint.SessionStoreAway))
	g.audit(t, l, allowed)
}

// requireAnswers checks that each call had an answer of the runtime, in time, with
// one of these codes.
func (l *ledger) requireAnswers(t *testing.T, codes ...int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Less(t, l.slowest, answeredIn)
	expected := map[string]bool{"ok": true}
	for _, code := range codes {
		expected["code "+strconv.Itoa(code)] = true
	}
	for kind, n := range l.answers {
		_, what, _ := strings.Cut(kind, " ")
		require.True(t, expected[what], "%d answers to %s", n, kind)
	}
}

type memory struct{ heap, goroutines int64 }

// memory is what the servers use.
func (g *group) memory() []memory {
	g.t.Helper()
	all := make([]memory, len(g.servers))
	for i, m := range g.servers {
		answer, err := http.Get("http://" + m.launch.MetricsListen + "/metrics")
		require.NoError(g.t, err)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			name, text, _ := strings.Cut(lines.Text(), " ")
			value, err := strconv.ParseFloat(text, 64)
			switch {
			case err != nil:
			case name == "go_memstats_heap_inuse_bytes":
				all[i].heap = int64(value)
			case name == "go_goroutines":
				all[i].goroutines = int64(value)
			}
		}
		require.NoError(g.t, answer.Body.Close())
		require.NotZero(g.t, all[i].heap)
		require.NotZero(g.t, all[i].goroutines)
	}
	return all
}
