package touchpoint_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// unkept is a store that loses what it is given.
type unkept struct{ session.Store }

func (u unkept) Do(ctx context.Context, id string, f func(*session.Data) *session.Data) error {
	if err := u.Store.Do(ctx, id, func(d *session.Data) *session.Data {
		f(d)
		return nil
	}); err != nil {
		return err
	}
	return fault.New(fault.Unavailable, "session-store-away", "the store is away")
}

func TestWhatAPatternDoesAtOnce(t *testing.T) {
	t.Parallel()
	met := func(actions ...definition.EventAction) definition.EventPattern {
		return definition.EventPattern{Logic: definition.Counter, Again: true, Members: []definition.PatternMember{{Event: "visit"}}, Actions: actions}
	}
	accept := definition.EventAction{Do: definition.LogAcceptance, When: "profile.income > 50.0"}

	t.Run("IsForgottenOnceItIsDone", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("visit"), patterned("regular", met(richer("100.0"), accept)))
		b.start("s", ada())
		treatment := b.offers("s", "banner").Offers[0].Treatment
		b.post("s", touchpoint.PostEvent{Event: "visit", Treatment: treatment})
		require.Contains(t, b.history.responses, treatment+"accept")
		require.Empty(t, left.actions)
		require.Equal(t, 1, left.forgets)
	})

	t.Run("IsDoneLaterWhereTheHistoryIsAway", func(t *testing.T) {
		t.Parallel()
		for name, start := range map[string]touchpoint.Start{"known": ada(), "anonymous": anonymous()} {
			b, left := scheduled(t, event("visit"), patterned("regular", met(richer("100.0"), accept)))
			b.start("s", start)
			treatment := b.GetOffers(b.ctx, "s", wanted(1, "banner")).OfferLists[0].Offers[0].Treatment
			b.history.away = true
			a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "visit", Treatment: treatment})
			require.Equal(t, touchpoint.Warning, a.Status, "%s: it must not be posted again", name)
			require.Equal(t, []touchpoint.Code{touchpoint.ActionDelayed}, messages(a), name)
			require.Len(t, left.actions, 1, name)
			require.True(t, fault.Is(b.Execute(t.Context(), left.actions[0]), fault.Unavailable), "%s: to be tried again", name)
			b.history.away = false
			require.Empty(t, b.history.responses, name)
			for range 2 {
				require.NoError(t, b.Execute(t.Context(), left.actions[0]))
				require.Len(t, b.history.responses, 1, name)
				require.InDelta(t, 100.0, b.income("s"), 0, "%s: the visit has it already", name)
			}
		}
	})

	t.Run("IsDoneForTheCustomerWhereTheServerDied", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("visit"), patterned("regular", met(richer("100.0"), accept, definition.EventAction{Do: definition.LogContact})))
		b.start("s", ada())
		first, other := b.offers("s", "banner").Offers[0].Treatment, b.offers("s", "banner").Offers
		b.history.away = true
		b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "visit", Treatment: first})
		b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "visit"})
		b.history.away = false
		require.Equal(t, touchpoint.Success, b.EndSession(b.ctx, "s").Status)
		actions := left.take()
		require.Len(t, actions, 2)
		require.NoError(t, b.Execute(t.Context(), actions[0]))
		require.Contains(t, b.history.responses, first+"accept", "the condition counts what the actions before have set")
		require.Contains(t, b.history.responses, first+"seen")
		require.Len(t, b.history.responses, 2)
		require.True(t, fault.Is(b.Execute(t.Context(), actions[1]), fault.Invalid), "an acceptance without a treatment")
		require.Len(t, b.history.responses, 2+len(other))
	})

	t.Run("StaysWhereTheSessionIsNotKept", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("visit"), patterned("regular", met(richer("100.0"))))
		b.start("s", ada())
		b.Service = touchpoint.New(unkept{b.sessions}, b.served, b.history, b.options)
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "visit"})
		require.Equal(t, []touchpoint.Code{touchpoint.SessionStoreAway}, messages(a))
		require.Len(t, left.actions, 1)

		b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
		b.start("s", ada())
		require.NoError(t, b.Execute(t.Context(), left.actions[0]))
		require.InDelta(t, 100.0, b.income("s"), 0)
		require.NoError(t, b.Execute(t.Context(), left.actions[0]))
		require.InDelta(t, 100.0, b.income("s"), 0, "once more changes nothing")
	})

	t.Run("IsForgottenWithWhatItLeavesBehind", func(t *testing.T) {
		t.Parallel()
		trigger := definition.EventAction{Do: definition.TriggerEvents, Events: []string{"back"}}
		b, left := scheduled(t, event("visit"), event("back"), patterned("regular", met(trigger)),
			patterned("friend", definition.EventPattern{Logic: definition.Counter, Members: []definition.PatternMember{{Event: "back", Count: 3}}}))
		b.start("s", ada())
		b.post("s", touchpoint.PostEvent{Event: "visit"})
		require.Equal(t, 2, left.writes)
		require.Empty(t, left.actions)
		require.Zero(t, left.forgets, "in one transaction with the next state")
	})

	t.Run("IsNotKeptWhereItIsTooLarge", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("visit"), patterned("regular", met(richer("100.0"))), func(c *bundle.Content) {
			visit := c.Events["visit"]
			for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
				visit.Parameters = append(visit.Parameters, definition.Attribute{Name: name, Type: definition.Text})
			}
			c.Events["visit"] = visit
		})
		b.start("s", ada())
		large := touchpoint.PostEvent{Event: "visit", Parameters: map[string]any{}}
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			large.Parameters[name] = string(make([]byte, 8000))
		}
		b.post("s", large)
		require.InDelta(t, 100.0, b.income("s"), 0)
		require.Empty(t, left.actions)
		require.Zero(t, left.forgets)
	})
}
