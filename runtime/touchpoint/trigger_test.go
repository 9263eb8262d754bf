package touchpoint_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// outside notes what is triggered.
type outside struct {
	actions []schedule.Action
	fails   error
}

func (o *outside) Execute(_ context.Context, a schedule.Action) error {
	o.actions = append(o.actions, a)
	return o.fails
}

func TestTriggers(t *testing.T) {
	t.Parallel()
	hook := definition.EventAction{Do: definition.CallWebhook, URL: "https://crm.example/paid",
		Send: map[string]string{"amount": "event.amount * 2.0", "age": "profile.age", "nothing": "event.day"}}

	t.Run("AreLeftToTheScheduleWithWhatTheySend", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("pay", hook))
		b.start("s", ada())
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "pay", Parameters: map[string]any{"amount": 2}})
		require.Equal(t, []touchpoint.Code{touchpoint.ExpressionFailed}, messages(a), "what fails is left out")
		require.Len(t, left.actions, 1)
		require.WithinDuration(t, b.clock.Now(), left.actions[0].Due, 0)
		require.Equal(t, map[string]any{"amount": 4.0, "age": 25.0}, left.actions[0].Work.Data)
		require.Equal(t, definition.EventAction{Do: definition.CallWebhook, URL: "https://crm.example/paid"}, left.actions[0].Work.Do)

		require.True(t, fault.Is(b.Execute(t.Context(), left.actions[0]), fault.Invalid), "nobody does it here")
		away := &outside{fails: errors.New("no answer")}
		b.options.Triggers = away
		b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
		require.ErrorIs(t, b.Execute(t.Context(), left.actions[0]), away.fails)
		away.fails = nil
		require.NoError(t, b.Execute(t.Context(), left.actions[0]))
		require.Equal(t, away.actions[0], away.actions[1], "it is the same in all attempts")
	})

	t.Run("OfPatternsAreLeftOnceTheyAreMet", func(t *testing.T) {
		t.Parallel()
		b, left := scheduled(t, event("visit"), patterned("regular", definition.EventPattern{Logic: definition.Counter,
			Members: []definition.PatternMember{{Event: "visit", Count: 2}},
			Actions: []definition.EventAction{{Do: definition.StartProcess, Process: "dispute", Send: map[string]string{"age": "profile.age"}}}}))
		b.start("s", ada())
		for range 3 {
			b.post("s", touchpoint.PostEvent{Event: "visit"})
		}
		require.Len(t, left.actions, 1)
		require.Equal(t, "dispute", left.actions[0].Work.Do.Process)
	})

	t.Run("WithoutAScheduleAreNotDone", func(t *testing.T) {
		t.Parallel()
		b := setup(t, event("pay", definition.EventAction{Do: definition.StartProcess, Process: "dispute"}))
		b.start("s", ada())
		a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "pay"})
		require.Equal(t, []touchpoint.Code{touchpoint.ActionDelayed}, messages(a))
	})

	t.Run("CanWait", func(t *testing.T) {
		t.Parallel()
		action := hook
		action.After, action.Send = hour(), nil
		b, left := scheduled(t, event("pay", action))
		b.start("s", ada())
		b.post("s", touchpoint.PostEvent{Event: "pay"})
		require.WithinDuration(t, b.clock.Now().Add(time.Hour), left.actions[0].Due, 0)
	})
}
