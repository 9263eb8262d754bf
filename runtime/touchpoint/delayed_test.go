package touchpoint_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// leftBehind is a schedule that can be away. What it keeps goes through JSON.
type leftBehind struct {
	states  map[string]eventpattern.State
	actions []schedule.Action
	fails   error
	writes  int
	forgets int
}

func (l *leftBehind) Write(ctx context.Context, m schedule.Moment) ([]bool, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		panic("the call has no deadline")
	}
	if l.writes++; l.fails != nil {
		return nil, l.fails
	}
	l.drop(m.Done)
	met := make([]bool, len(m.Steps))
	for i, step := range m.Steps {
		key := m.Level + "/" + m.Customer + "/" + step.Pattern
		if l.states[key], met[i] = step.Apply(l.states[key]); met[i] {
			l.keep(step.IfMet)
		}
	}
	l.keep(m.Actions)
	return met, nil
}

func (l *leftBehind) Forget(ctx context.Context, done []schedule.ID) error {
	if _, bounded := ctx.Deadline(); !bounded {
		panic("the call has no deadline")
	}
	l.forgets++
	l.drop(done)
	return nil
}

func (l *leftBehind) drop(done []schedule.ID) {
	l.actions = slices.DeleteFunc(l.actions, func(a schedule.Action) bool { return slices.Contains(done, a.ID) })
}

func (l *leftBehind) keep(actions []schedule.Action) {
	for _, a := range actions {
		encoded, err := a.Encode()
		if err != nil {
			panic(err)
		}
		a.Work = schedule.Work{}
		if err := json.Unmarshal(encoded, &a.Work); err != nil {
			panic(err)
		}
		l.actions = append(l.actions, a)
	}
}

// take takes the actions that were put by.
func (l *leftBehind) take() []schedule.Action {
	taken := l.actions
	l.actions = nil
	return taken
}

// scheduled is a setup with a schedule.
func scheduled(t *testing.T, change ...func(*bundle.Content)) (*testBundle, *leftBehind) {
	t.Helper()
	b := setup(t, change...)
	left := &leftBehind{states: map[string]eventpattern.State{}}
	b.options.Schedule = left
	b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
	return b, left
}

func anonymous() touchpoint.Start {
	r := ada()
	r.Audience = touchpoint.Audience{}
	return r
}

func event(name string, actions ...definition.EventAction) func(*bundle.Content) {
	return func(c *bundle.Content) {
		c.Events[name] = definition.Event{Parameters: []definition.Attribute{
			{Name: "amount", Type: definition.Number}, {Name: "day", Type: definition.Timestamp}}, Actions: actions}
	}
}

func patterned(name string, p definition.EventPattern) func(*bundle.Content) {
	return func(c *bundle.Content) {
		if c.EventPatterns == nil {
			c.EventPatterns = map[string]definition.EventPattern{}
		}
		c.EventPatterns[name] = p
	}
}

// richer is an action that adds to the income.
func richer(amount string) definition.EventAction {
	return definition.EventAction{Do: definition.SetProfile, Set: map[string]string{"income": "profile.income + " + amount}}
}

func (b *testBundle) income(id string) any {
	b.Helper()
	return b.profile(id).Attributes["income"]
}

func hour() *duration.Duration { return of(duration.Duration(time.Hour)) }

func TestDelayedActions(t *testing.T) {
	t.Parallel()

	t.Run("AreKeptWithAllThatTheEventKnows", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("pay", definition.EventAction{Do: definition.LogAcceptance, When: "event.amount > 1.0", After: hour()}))
		b.start("s", ada())
		treatment := b.offers("s", "banner").Offers[0].Treatment
		b.post("s", touchpoint.PostEvent{Event: "pay", Treatment: treatment, ResponseType: "later", Parameters: map[string]any{"amount": 1}})
		require.Empty(t, left.actions, "the condition is that of now")
		b.post("s", touchpoint.PostEvent{Event: "pay", Treatment: treatment, ResponseType: "later", Parameters: map[string]any{"amount": 2}})
		require.Empty(t, b.history.responses)
		require.Len(t, left.actions, 1)
		require.NotZero(t, left.actions[0].ID)
		left.actions[0].ID = schedule.ID{}
		require.Equal(t, schedule.Action{
			Due: b.clock.Now().Add(time.Hour), Level: "customer", Customer: "ada", Session: "s",
			Work: schedule.Work{Channel: "web", Key: []any{"ada"}, Cause: "event pay, actions[0]",
				Do: definition.EventAction{Do: definition.LogAcceptance}, Event: "pay", Values: map[string]any{"amount": 2.0},
				Treatment: treatment, ResponseType: "later"},
		}, left.actions[0])

		require.NoError(t, b.Execute(t.Context(), left.actions[0]))
		require.NoError(t, b.Execute(t.Context(), left.actions[0]))
		require.Len(t, b.history.responses, 1, "once more changes nothing")
		require.Contains(t, b.history.responses, treatment+"later")
	})

	t.Run("AreDoneAtATime", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("pay", definition.EventAction{Do: definition.ReSegment, At: "event.day"}))
		b.start("s", ada())
		for _, test := range []struct{ given, want time.Duration }{{time.Minute, time.Minute}, {-time.Hour, 0}} {
			at := b.clock.Now().Add(test.given).Format(time.RFC3339Nano)
			b.post("s", touchpoint.PostEvent{Event: "pay", Parameters: map[string]any{"day": at}})
			require.WithinDuration(t, b.clock.Now().Add(test.want), left.take()[0].Due, 0)
		}
		for _, test := range []struct {
			parameters map[string]any
			want       touchpoint.Code
		}{{nil, touchpoint.ExpressionFailed}, {map[string]any{"day": "2999-01-01T00:00:00Z"}, touchpoint.ActionDelayed}} {
			a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "pay", Parameters: test.parameters})
			require.Equal(t, []touchpoint.Code{test.want}, messages(a))
			require.Empty(t, left.actions)
		}
	})

	t.Run("ChangeTheSessionWhileItLives", func(t *testing.T) {
		t.Parallel()
		action := richer("event.amount")
		action.After = hour()
		b, left := scheduled(t, event("pay", action))
		b.start("s", ada())
		b.post("s", touchpoint.PostEvent{Event: "pay", Parameters: map[string]any{"amount": 2}})
		b.post("s", touchpoint.PostEvent{Event: "earned", Parameters: map[string]any{"amount": 10, "bonus": 0}})
		require.NoError(t, b.Execute(t.Context(), left.actions[0]))
		require.InDelta(t, 12.0, b.income("s"), 0, "it is computed when it is done")

		other := ada()
		other.Audience.ID["id"] = "bob"
		b.start("s", other)
		require.NoError(t, b.Execute(t.Context(), left.actions[0]))
		require.InDelta(t, 0.0, b.income("s"), 0, "the session is another visitor's")
		require.Equal(t, touchpoint.Success, b.EndSession(b.ctx, "s").Status)
		require.NoError(t, b.Execute(t.Context(), left.actions[0]))
		require.Equal(t, touchpoint.Error, b.GetProfile(b.ctx, "s").Status, "no session comes of it")
	})

	t.Run("GoOnInTheVisitOfAVisitorWhoBecameKnown", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct {
			name  string
			merge *bool
			want  float64
		}{{"as it stands", nil, 2}, {"refused", of(false), 0}} {
			action := richer("event.amount")
			action.After = hour()
			b, left := scheduled(t, event("pay", action))
			b.start("s", anonymous())
			b.post("s", touchpoint.PostEvent{Event: "pay", Parameters: map[string]any{"amount": 2}})
			require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", touchpoint.SetAudience{Audience: ada().Audience, Merge: test.merge}).Status)
			require.NoError(t, b.Execute(t.Context(), left.actions[0]))
			require.InDelta(t, test.want, b.income("s"), 0, test.name)

			other := ada().Audience
			other.ID = map[string]any{"id": "bob"}
			require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", touchpoint.SetAudience{Audience: other}).Status)
			require.NoError(t, b.Execute(t.Context(), left.actions[0]))
			require.InDelta(t, 0.0, b.income("s"), 0, "another one took over: %s", test.name)
		}
	})

	t.Run("AreDoneForTheCustomerAfterTheSession", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("pay", definition.EventAction{Do: definition.LogContact, After: hour()},
			definition.EventAction{Do: definition.TriggerEvents, Events: []string{"accepted"}, After: hour()}))
		b.start("s", ada())
		list := b.offers("s", "banner")
		b.post("s", touchpoint.PostEvent{Event: "pay", Treatment: list.Offers[0].Treatment})
		b.post("s", touchpoint.PostEvent{Event: "pay"})
		require.Equal(t, touchpoint.Success, b.EndSession(b.ctx, "s").Status)
		b.customers.known["customer/ada"] = customer.Customer{Known: true}
		actions := left.take()
		require.Len(t, actions, 5, "a contact for each offer of the last answer")
		b.customers.away = true
		require.True(t, fault.Is(b.Execute(t.Context(), actions[0]), fault.Unavailable), "to be tried again")
		b.customers.away = false
		b.history.away = true
		require.True(t, fault.Is(b.Execute(t.Context(), actions[0]), fault.Unavailable), "to be tried again")
		b.history.away = false
		for _, a := range actions[:4] {
			require.NoError(t, b.Execute(t.Context(), a))
		}
		require.True(t, fault.Is(b.Execute(t.Context(), actions[4]), fault.Invalid), "an acceptance without a treatment")
		require.Len(t, b.history.responses, 3)
		require.Contains(t, b.history.responses, list.Offers[0].Treatment+"accept")
	})

	t.Run("ThatNobodyCanDoAreRefused", func(t *testing.T) {
		t.Parallel()
		b, _ := scheduled(t)
		whole := schedule.Action{Level: "customer", Customer: "ada", Session: "s", Work: schedule.Work{
			Channel: "web", Key: []any{"ada"}, Do: definition.EventAction{Do: definition.LogContact}, Event: "seen"}}
		for _, test := range []struct {
			change func(*schedule.Action)
			want   fault.Kind
		}{
			{func(a *schedule.Action) { a.Session = "" }, fault.Invalid},
			{func(a *schedule.Action) { a.Level = "planet" }, fault.NotFound},
			{func(a *schedule.Action) { a.Work.Key = []any{1} }, fault.Invalid},
			{func(a *schedule.Action) { a.Work.Key = []any{"a", "b"} }, fault.Invalid},
			{func(a *schedule.Action) { a.Work.Channel = "radio" }, fault.Unavailable},
		} {
			a := whole
			test.change(&a)
			require.True(t, fault.Is(b.Execute(t.Context(), a), test.want), test.want)
		}
	})

	t.Run("AreNotAcknowledgedWhereTheyAreNotKept", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t)
		b.start("s", ada())
		left.fails = fault.New(fault.Unavailable, "database-away", "the database is away")
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "later"})
		require.Equal(t, touchpoint.Error, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.EventNotKept}, messages(a))
		left.fails = nil
		b.post("s", touchpoint.PostEvent{Event: "later"})
		require.Len(t, left.actions, 1)
	})
}
