package touchpoint_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

func TestEventPatterns(t *testing.T) {
	t.Parallel()
	counts := func(n int, more ...definition.EventAction) definition.EventPattern {
		return definition.EventPattern{Logic: definition.Counter, Again: true, Actions: append([]definition.EventAction{richer("100.0")}, more...),
			Members: []definition.PatternMember{{Event: "visit", Count: n, When: "event.amount > 0.0"}}}
	}
	visit := touchpoint.PostEvent{Event: "visit", Parameters: map[string]any{"amount": 1}}

	t.Run("CountAcrossSessionsOfACustomer", func(t *testing.T) {
		t.Parallel()
		b, _ := scheduled(t, event("visit", richer("1.0")), patterned("regular", counts(3)))
		b.start("s", ada())
		b.start("t", ada())
		b.post("s", visit)
		b.post("s", touchpoint.PostEvent{Event: "visit", Parameters: map[string]any{"amount": 0}}) // does not count
		b.post("t", visit)
		require.InDelta(t, 1.0, b.income("t"), 0)
		b.post("t", visit)
		require.InDelta(t, 102.0, b.income("t"), 0)
		b.post("s", visit)
		require.InDelta(t, 3.0, b.income("s"), 0, "it starts anew")
	})

	t.Run("CountInTheSessionOfAnAnonymousVisitor", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("visit"), patterned("regular", counts(2)))
		b.Service = touchpoint.New(&carried{b.sessions}, b.served, b.history, b.options)
		b.start("s", anonymous())
		b.start("t", anonymous())
		b.post("s", visit)
		b.post("t", visit)
		require.InDelta(t, 0.0, b.income("t"), 0)
		b.post("s", visit)
		require.InDelta(t, 100.0, b.income("s"), 0)
		require.Zero(t, left.writes)
	})

	t.Run("CountInTheSessionWithoutASchedule", func(t *testing.T) {
		t.Parallel()
		b := setup(t, event("visit"), patterned("regular", counts(2)))
		b.start("s", ada())
		b.post("s", visit)
		b.post("s", visit)
		require.InDelta(t, 100.0, b.income("s"), 0)
	})

	t.Run("TakeNoticeOfTriggeredEventsAndOfThoseOfPatterns", func(t *testing.T) {
		t.Parallel()
		b, _ := scheduled(t, event("visit"), event("entry", definition.EventAction{Do: definition.TriggerEvents, Events: []string{"visit"}}),
			event("back", richer("1.0")),
			patterned("regular", counts(2, definition.EventAction{Do: definition.TriggerEvents, Events: []string{"back"}})),
			patterned("friend", definition.EventPattern{Logic: definition.Sequence, Actions: []definition.EventAction{richer("1000.0")},
				Members: []definition.PatternMember{{Event: "entry"}, {Event: "back"}}}))
		b.start("s", ada())
		r := visit
		r.Event = "entry"
		b.post("s", r)
		require.InDelta(t, 0.0, b.income("s"), 0)
		b.post("s", r)
		require.InDelta(t, 1101.0, b.income("s"), 0)
	})

	t.Run("AreBoundedWhereTheyMeetThemselves", func(t *testing.T) {
		t.Parallel()
		b, _ := scheduled(t, event("visit"), patterned("regular", counts(1, definition.EventAction{Do: definition.TriggerEvents, Events: []string{"visit"}})))
		b.start("s", ada())
		a := b.PostEvent(b.ctx, "s", visit)
		require.Equal(t, []touchpoint.Code{touchpoint.TooManyActions}, messages(a))
	})

	t.Run("DoDelayedActionsOnceTheyAreMet", func(t *testing.T) {
		t.Parallel()
		for name, start := range map[string]touchpoint.Start{"known": ada(), "anonymous": anonymous()} {
			action := richer("1.0")
			action.After, action.When = hour(), "parameters.amount < 9"
			b, left := scheduled(t, event("visit"), patterned("regular", counts(2, action)))
			b.start("s", start)
			b.post("s", visit)
			require.Empty(t, left.actions, name)
			b.post("s", visit)
			require.InDelta(t, 100.0, b.income("s"), 0, name)
			actions := left.take()
			require.Len(t, actions, 1, name)
			require.Equal(t, "pattern regular, actions[1]", actions[0].Work.Cause)
			require.NoError(t, b.Execute(t.Context(), actions[0]))
			require.InDelta(t, 101.0, b.income("s"), 0, name)
			b.post("s", visit)
			b.post("s", touchpoint.PostEvent{Event: "visit", Parameters: map[string]any{"amount": 9}})
			require.Empty(t, left.actions, name)
		}
	})

	t.Run("DoNotCountAnEventWhoseStateIsNotKept", func(t *testing.T) {
		t.Parallel()
		action := richer("1.0")
		action.After = hour()
		for name, start := range map[string]touchpoint.Start{"known": ada(), "anonymous": anonymous()} {
			b, left := scheduled(t, event("visit", action), patterned("regular", counts(2)))
			b.start("s", start)
			b.post("s", visit)
			left.fails = fault.New(fault.TooMany, "too-many-delayed-actions", "1000 wait")
			a := b.PostEvent(b.ctx, "s", visit)
			require.Equal(t, []touchpoint.Code{touchpoint.EventNotKept}, messages(a), name)
			require.Contains(t, a.Messages[0].Detail, "1000 wait")
			require.InDelta(t, 0.0, b.income("s"), 0, name)
			left.fails = nil
			b.post("s", visit)
			require.InDelta(t, 100.0, b.income("s"), 0, name)
		}
	})

	t.Run("TellOfAConditionThatFails", func(t *testing.T) {
		t.Parallel()
		b, _ := scheduled(t, event("visit"), patterned("regular", counts(1)))
		b.start("s", ada())
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "visit"})
		require.Equal(t, []touchpoint.Code{touchpoint.ExpressionFailed}, messages(a))
		require.Contains(t, a.Messages[0].Detail, "pattern regular, members[0].when")
	})

	t.Run("AreMergedWithThoseOfTheCustomer", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct {
			name  string
			merge *bool
			want  float64
		}{{"as it stands", nil, 100}, {"asked for", of(true), 100}, {"refused", of(false), 0}} {
			b, left := scheduled(t, event("visit"), patterned("regular", counts(3)))
			b.start("before", ada())
			b.post("before", visit)
			b.start("s", anonymous())
			b.post("s", visit)
			a := b.SetAudience(b.ctx, "s", touchpoint.SetAudience{Audience: ada().Audience, Merge: test.merge})
			require.Equal(t, touchpoint.Success, a.Status, a.Messages)
			b.post("s", visit)
			require.InDelta(t, test.want, b.income("s"), 0, test.name)
			require.Len(t, left.states, 1)
		}
	})

	t.Run("LeaveWhatTheySetToTheCustomerWhoWasAnonymous", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct {
			name   string
			change touchpoint.SetAudience
			want   any
		}{
			{"merged", touchpoint.SetAudience{Audience: ada().Audience}, 101.0},
			{"not merged", touchpoint.SetAudience{Audience: ada().Audience, Merge: of(false)}, 0.0},
			{"said otherwise", touchpoint.SetAudience{Audience: ada().Audience, Profile: map[string]any{"income": 7.5}}, 7.5},
		} {
			b, _ := scheduled(t, event("visit", richer("1.0")), patterned("regular", counts(1)))
			b.start("s", anonymous())
			b.post("s", visit)
			require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", test.change).Status, test.name)
			require.InDelta(t, test.want, b.income("s"), 0, test.name)
			again := b.SetAudience(b.ctx, "s", touchpoint.SetAudience{Audience: ada().Audience})
			require.Equal(t, touchpoint.Success, again.Status, test.name)
			if test.name == "merged" {
				require.InDelta(t, 101.0, b.income("s"), 0, "it is still the same visitor")
			}
			other := touchpoint.SetAudience{Audience: touchpoint.Audience{ID: map[string]any{"id": "eve"}}, Merge: of(true)}
			require.Equal(t, touchpoint.Success, b.SetAudience(b.ctx, "s", other).Status, test.name)
			require.InDelta(t, 0.0, b.income("s"), 0, "of somebody else: "+test.name)
		}
	})

	t.Run("ThatCannotBeMergedAreTold", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("visit"), patterned("regular", counts(3)))
		b.start("s", anonymous())
		b.post("s", visit)
		left.fails = fault.New(fault.Unavailable, "database-away", "the database is away")
		a := b.SetAudience(b.ctx, "s", touchpoint.SetAudience{Audience: ada().Audience})
		require.Equal(t, touchpoint.Warning, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.EventNotKept}, messages(a))
	})

	t.Run("ForgetThoseThatAreGone", func(t *testing.T) {
		t.Parallel()
		b, _ := scheduled(t, event("visit"), patterned("regular", counts(9)))
		b.start("s", anonymous())
		b.post("s", visit)
		names := func() (all []string) {
			require.NoError(t, b.sessions.Do(b.ctx, "s", func(d *session.Data) *session.Data {
				for name := range maps.Keys(d.Patterns) {
					all = append(all, name)
				}
				d.Attached = nil
				return d
			}))
			return all
		}
		require.Equal(t, []string{"regular"}, names())
		b.deploy(2, event("visit"), patterned("other", counts(9)))
		a := b.PostEvent(b.ctx, "s", visit)
		require.Equal(t, []touchpoint.Code{touchpoint.VersionGone}, messages(a))
		require.Equal(t, []string{"other"}, names())
	})
}
