package schedulepg_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/schedule/schedulepg"
	"github.com/switchyard/switchyard/runtime/scope"
)

func database(t *testing.T) *sqlx.DB {
	t.Helper()
	return postgrestest.Open(t, postgrestest.New(t, migration.Solution))
}

// late has no patience with other servers.
var late = schedulepg.Options{Inheritance: time.Nanosecond}

func action(t *testing.T, due time.Time, event string) schedule.Action {
	t.Helper()
	id, err := schedule.NewID()
	require.NoError(t, err)
	return schedule.Action{ID: id, Due: due.Truncate(time.Microsecond).UTC(), Level: "customer", Customer: "c1", Session: "s1", Work: schedule.Work{
		Channel: "web", Key: []any{"c1"}, Cause: "event " + event, Do: definition.EventAction{Do: definition.LogContact}, Event: event,
	}}
}

func put(t *testing.T, s *schedulepg.Store, actions ...schedule.Action) {
	t.Helper()
	_, err := s.Write(t.Context(), schedule.Moment{Actions: actions})
	require.NoError(t, err)
}

func past() time.Time { return time.Now().Add(-time.Hour) }

func TestAnActionIsKeptAsItIs(t *testing.T) {
	t.Parallel()
	s := schedulepg.New(database(t), "one", schedulepg.Options{})
	a := action(t, past(), "buy")
	a.Work.Key = []any{int64(9007199254740993)}
	a.Work.Values = map[string]any{"amount": 1.5, "note": "tea"}
	a.Work.Treatment, a.Work.ResponseType = "code", "yes"
	put(t, s, a)
	put(t, s, a) // the same once more changes nothing
	claims, err := s.Claim(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, claims, 1)
	a.Work.Key = []any{json.Number("9007199254740993")}
	a.Work.Values["amount"] = json.Number("1.5")
	require.Equal(t, schedule.Claim{Action: a, Attempt: 1, Fence: 1}, claims[0])
}

func TestClaim(t *testing.T) {
	t.Parallel()
	t.Run("gives what is due, the oldest first", func(t *testing.T) {
		t.Parallel()
		s := schedulepg.New(database(t), "one", schedulepg.Options{})
		put(t, s, action(t, time.Now().Add(time.Hour), "later"), action(t, past(), "second"), action(t, past().Add(-time.Hour), "first"))
		claims, err := s.Claim(t.Context(), 1)
		require.NoError(t, err)
		require.Len(t, claims, 1)
		require.Equal(t, "first", claims[0].Work.Event)
		claims, err = s.Claim(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, claims, 1)
		require.Equal(t, "second", claims[0].Work.Event)
	})
	t.Run("leaves an action to the server that wrote it at first", func(t *testing.T) {
		t.Parallel()
		db := database(t)
		one := schedulepg.New(db, "one", schedulepg.Options{})
		put(t, one, action(t, past(), "buy"))
		claims, err := schedulepg.New(db, "two", schedulepg.Options{Inheritance: 2 * time.Hour}).Claim(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, claims)
		claims, err = schedulepg.New(db, "three", schedulepg.Options{Inheritance: time.Minute}).Claim(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, claims, 1)
	})
	t.Run("that has lapsed counts no more", func(t *testing.T) {
		t.Parallel()
		db := database(t)
		one := schedulepg.New(db, "one", schedulepg.Options{Claim: time.Microsecond})
		two := schedulepg.New(db, "two", late)
		put(t, one, action(t, past(), "buy"))
		lapsed, err := one.Claim(t.Context(), 10)
		require.NoError(t, err)
		taken, err := two.Claim(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, taken, 1)
		require.Equal(t, 2, taken[0].Attempt)
		for name, settle := range map[string]func() (bool, error){
			"done":     func() (bool, error) { return one.Done(t.Context(), lapsed[0]) },
			"postpone": func() (bool, error) { return one.Postpone(t.Context(), lapsed[0], 0, "") },
			"release":  func() (bool, error) { return one.Release(t.Context(), lapsed[0]) },
			"bury":     func() (bool, error) { return one.Bury(t.Context(), lapsed[0], "") },
		} {
			settled, err := settle()
			require.NoError(t, err)
			require.False(t, settled, name)
		}
		settled, err := two.Done(t.Context(), taken[0])
		require.NoError(t, err)
		require.True(t, settled)
		usage, err := one.Usage(t.Context())
		require.NoError(t, err)
		require.Zero(t, usage)
	})
	t.Run("buries what cannot be read", func(t *testing.T) {
		t.Parallel()
		db := database(t)
		s := schedulepg.New(db, "one", schedulepg.Options{Logger: slog.New(slog.DiscardHandler)})
		put(t, s, action(t, past(), "broken"), action(t, past(), "whole"))
		_, err := db.ExecContext(t.Context(), `UPDATE delayed_actions SET work = '[]' WHERE work->>'event' = 'broken'`)
		require.NoError(t, err)
		claims, err := s.Claim(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, claims, 1)
		require.Equal(t, "whole", claims[0].Work.Event)
		dead, err := s.Dead(t.Context(), schedule.Place{}, 10)
		require.NoError(t, err)
		require.Len(t, dead, 1)
		require.Contains(t, dead[0].Problem, "read delayed action")
	})
}

func TestTheDeadAreShownAndRevived(t *testing.T) {
	t.Parallel()
	s := schedulepg.New(database(t), "one", schedulepg.Options{})
	put(t, s, action(t, past(), "buy"))
	claims, err := s.Claim(t.Context(), 1)
	require.NoError(t, err)
	settled, err := s.Bury(t.Context(), claims[0], "the event is gone")
	require.NoError(t, err)
	require.True(t, settled)
	dead, err := s.Dead(t.Context(), schedule.Place{}, 10)
	require.NoError(t, err)
	require.Len(t, dead, 1)
	require.Equal(t, claims[0].Action, dead[0].Action)
	require.Equal(t, "the event is gone", dead[0].Problem)
	require.Equal(t, 1, dead[0].Attempts)
	usage, err := s.Usage(t.Context())
	require.NoError(t, err)
	require.Equal(t, schedule.Usage{Dead: 1}, usage)
	none, err := s.Claim(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, none)

	require.NoError(t, s.Revive(t.Context(), dead[0].ID))
	require.True(t, fault.Is(s.Revive(t.Context(), dead[0].ID), fault.NotFound))
	claims, err = s.Claim(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, claims, 1)
	require.Equal(t, 1, claims[0].Attempt)
}

func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	t.Run("for a visitor", func(t *testing.T) {
		t.Parallel()
		s := schedulepg.New(database(t), "one", schedulepg.Options{})
		for range schedule.MaxOfVisitor / 100 {
			var actions []schedule.Action
			for range 100 {
				actions = append(actions, action(t, past(), "buy"))
			}
			put(t, s, actions...)
		}
		_, err := s.Write(t.Context(), schedule.Moment{Actions: []schedule.Action{action(t, past(), "buy")}})
		require.True(t, fault.Is(err, fault.TooMany), "%v", err)
		other := action(t, past(), "buy")
		other.Customer = ""
		put(t, s, other)
	})
	t.Run("for a moment", func(t *testing.T) {
		t.Parallel()
		s := schedulepg.New(nil, "one", schedulepg.Options{})
		_, err := s.Write(t.Context(), schedule.Moment{Actions: make([]schedule.Action, schedule.MaxOfMoment+1)})
		require.True(t, fault.Is(err, fault.TooMany), "%v", err)
	})
	t.Run("for the group", func(t *testing.T) {
		t.Parallel()
		s := schedulepg.New(database(t), "one", schedulepg.Options{Most: 2})
		put(t, s, action(t, past(), "buy"), action(t, past(), "buy"))
		_, err := s.Write(t.Context(), schedule.Moment{Actions: []schedule.Action{action(t, past(), "buy")}})
		require.True(t, fault.Is(err, fault.TooMany), "%v", err)
	})
	t.Run("in bytes of an action", func(t *testing.T) {
		t.Parallel()
		s := schedulepg.New(nil, "one", schedulepg.Options{})
		a := action(t, past(), "buy")
		a.Work.Values = map[string]any{"text": strings.Repeat("x", schedule.MaxWork)}
		_, err := s.Write(t.Context(), schedule.Moment{Actions: []schedule.Action{a}})
		require.True(t, fault.Is(err, fault.Invalid), "%v", err)
	})
}

func TestWhatDiedLongAgoIsDropped(t *testing.T) {
	t.Parallel()
	db := database(t)
	s := schedulepg.New(db, "one", schedulepg.Options{})
	put(t, s, action(t, past(), "buy"))
	claims, err := s.Claim(t.Context(), 1)
	require.NoError(t, err)
	_, err = s.Bury(t.Context(), claims[0], "")
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `UPDATE delayed_actions SET dead_at = now() - interval '31 days'`)
	require.NoError(t, err)
	put(t, schedulepg.New(db, "two", schedulepg.Options{}), action(t, past(), "sell"))
	dead, err := s.Dead(t.Context(), schedule.Place{}, 10)
	require.NoError(t, err)
	require.Empty(t, dead)
}

// counter is a step of a pattern that is met by its nth event.
func counter(t *testing.T, n int, ifMet ...schedule.Action) schedule.Step {
	t.Helper()
	p := eventpattern.Compile(definition.EventPattern{Logic: definition.Counter,
		Members: []definition.PatternMember{{Event: "buy", Count: n}}}, nil)
	hit, err := p.Match("buy", (*scope.Frame)(nil))
	require.NoError(t, err)
	return schedule.Step{Pattern: "buyer", IfMet: ifMet, Apply: func(s eventpattern.State) (eventpattern.State, bool) {
		return p.Step(s, hit, time.Now())
	}}
}

func moment(customer string, steps ...schedule.Step) schedule.Moment {
	return schedule.Moment{Channel: "web", Level: "customer", Customer: customer, Steps: steps}
}

func TestAPatternGoesOnFromMomentToMoment(t *testing.T) {
	t.Parallel()
	db := database(t)
	s := schedulepg.New(db, "one", schedulepg.Options{})
	a := action(t, past(), "buy")
	for i, want := range []bool{false, false, true, false} {
		// Another customer, and one who is the same in another channel, do not count.
		for _, other := range []schedule.Moment{
			moment("c2", counter(t, 1_000)),
			{Channel: "shop", Level: "customer", Customer: "c1", Steps: []schedule.Step{counter(t, 1_000)}},
		} {
			_, err := s.Write(t.Context(), other)
			require.NoError(t, err)
		}
		met, err := s.Write(t.Context(), moment("c1", counter(t, 3, a)))
		require.NoError(t, err)
		require.Equal(t, []bool{want}, met, i)
		usage, err := s.Usage(t.Context())
		require.NoError(t, err)
		require.Equal(t, i >= 2, usage.Waiting == 1, "the action waits from when it is met")
	}
	_, err := db.ExecContext(t.Context(), `UPDATE pattern_states SET state = '[1]'`)
	require.NoError(t, err)
	met, err := s.Write(t.Context(), moment("c1", counter(t, 1)))
	require.NoError(t, err)
	require.Equal(t, []bool{true}, met, "a state that cannot be read is dropped")
}

func TestOneMomentGoesOnWithAPatternSeveralTimes(t *testing.T) {
	t.Parallel()
	s := schedulepg.New(database(t), "one", schedulepg.Options{})
	met, err := s.Write(t.Context(), moment("c1", counter(t, 2), counter(t, 2), counter(t, 2)))
	require.NoError(t, err)
	require.Equal(t, []bool{false, true, false}, met)
}

func TestAPatternIsMetOnceByManyAtATime(t *testing.T) {
	t.Parallel()
	db := database(t)
	const servers, events = 4, 25
	var group sync.WaitGroup
	var mu sync.Mutex
	times := 0
	for n := range servers {
		s := schedulepg.New(db, fmt.Sprint(n), schedulepg.Options{})
		group.Go(func() {
			for range events {
				met, err := s.Write(context.Background(), moment("c1", counter(t, servers*events)))
				mu.Lock()
				if err != nil {
					t.Error(err)
				} else if met[0] {
					times++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, times)
}

func TestAnActionThatItsWriterDoesAtOnce(t *testing.T) {
	t.Parallel()
	taken := func(t *testing.T) schedule.Action {
		t.Helper()
		a := action(t, past(), "buy")
		a.Taken = true
		return a
	}
	claims := func(t *testing.T, s *schedulepg.Store) []schedule.Claim {
		t.Helper()
		claims, err := s.Claim(t.Context(), 10)
		require.NoError(t, err)
		return claims
	}
	t.Run("is left to it for a while", func(t *testing.T) {
		t.Parallel()
		s := schedulepg.New(database(t), "one", late)
		put(t, s, taken(t))
		require.Empty(t, claims(t, s))
	})
	t.Run("is claimed when that is over, and not forgotten then", func(t *testing.T) {
		t.Parallel()
		db := database(t)
		one := schedulepg.New(db, "one", schedulepg.Options{Taken: time.Microsecond})
		a := taken(t)
		a.Work.All = []definition.EventAction{{Do: definition.LogContact}}
		a.Work.Last = []schedule.Presented{{Treatment: "code", Offer: "card"}}
		put(t, one, a)
		found := claims(t, schedulepg.New(db, "two", late))
		require.Len(t, found, 1)
		require.Equal(t, a.Work.All, found[0].Work.All)
		require.Equal(t, a.Work.Last, found[0].Work.Last)
		require.NoError(t, one.Forget(t.Context(), []schedule.ID{a.ID}))
		usage, err := one.Usage(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, usage.Waiting)
	})
	t.Run("is forgotten when it is done", func(t *testing.T) {
		t.Parallel()
		s := schedulepg.New(database(t), "one", late)
		first, second, third := taken(t), taken(t), taken(t)
		put(t, s, first, second, third)
		require.NoError(t, s.Forget(t.Context(), []schedule.ID{first.ID}))
		_, err := s.Write(t.Context(), schedule.Moment{Done: []schedule.ID{second.ID}, Actions: []schedule.Action{action(t, past(), "next")}})
		require.NoError(t, err)
		usage, err := s.Usage(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 2, usage.Waiting)
	})
	t.Run("takes no room of those that wait", func(t *testing.T) {
		t.Parallel()
		s := schedulepg.New(database(t), "one", schedulepg.Options{Most: 1})
		put(t, s, action(t, past(), "buy"))
		put(t, s, taken(t))
	})
}
