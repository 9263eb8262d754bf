package touchpoint_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/touchpoint"
)

func TestBatch(t *testing.T) {
	t.Parallel()
	start := touchpoint.Command{Method: touchpoint.MethodStartSession, Channel: "web", Debug: true,
		Audience: ada().Audience, Profile: ada().Profile, Parameters: map[string]any{"source": "mail"}}
	offers := touchpoint.Command{Method: touchpoint.MethodGetOffers, Points: []touchpoint.Wanted{{Point: "banner", Count: 1}}}
	bad := touchpoint.Command{Method: touchpoint.MethodPostEvent, Event: "nothing"}
	statuses := func(a touchpoint.BatchAnswer) (all []touchpoint.Status) {
		for _, answer := range a.Answers {
			all = append(all, answer.Status)
		}
		return all
	}

	t.Run("AnswersEachCommandInOrder", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		a := b.ExecuteBatch(b.ctx, "s", touchpoint.Batch{Commands: []touchpoint.Command{
			start, offers, {Method: touchpoint.MethodSetDebug}, {Method: touchpoint.MethodPostEvent, Event: "seen"},
			{Method: touchpoint.MethodSetAudience, Audience: touchpoint.Audience{ID: map[string]any{"id": "bob"}}, Profile: map[string]any{"age": 70, "region": "south"}},
			{Method: touchpoint.MethodGetOffersMultiple, Points: []touchpoint.Wanted{{Point: "banner", Count: 1}, {Point: "box", Count: 1}},
				CallParameters: map[string]any{"source": "web"}},
			{Method: touchpoint.MethodGetProfile}, {Method: touchpoint.MethodGetVersion}, {Method: touchpoint.MethodEndSession},
			{Method: touchpoint.MethodGetProfile},
		}})
		require.Equal(t, []touchpoint.Status{0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, statuses(a))
		require.Equal(t, touchpoint.Error, a.Status)
		require.Empty(t, a.Messages)
		require.Equal(t, []string{"fund"}, codes(a.Answers[1].OfferLists[0]))
		require.Len(t, a.Answers[1].Explain, 1)
		require.Equal(t, []string{"card"}, codes(a.Answers[5].OfferLists[0]))
		require.Empty(t, a.Answers[5].Explain)
		require.Equal(t, "bob", a.Answers[6].Profile.Attributes["id"])
		require.Len(t, a.Answers[7].Channels, 1)
		require.Equal(t, []touchpoint.Code{touchpoint.UnknownSession}, messages(a.Answers[9]))
		require.Zero(t, b.sessions.Usage().Sessions)
	})

	t.Run("StopsRunningCommandsWhenTheAnswersAreLarge", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		commands := []touchpoint.Command{start}
		for len(commands) < touchpoint.MaxCommands {
			commands = append(commands, touchpoint.Command{Method: touchpoint.MethodGetProfile})
		}
		commands[0].Parameters = map[string]any{}
		for i := range 7 {
			commands[0].Parameters[fmt.Sprint("p", i)] = strings.Repeat("x", touchpoint.MaxParameter)
		}
		a := b.ExecuteBatch(b.ctx, "s", touchpoint.Batch{Commands: commands})
		require.Len(t, a.Answers, touchpoint.MaxCommands)
		require.Equal(t, touchpoint.Error, a.Status)
		require.Equal(t, []touchpoint.Code{touchpoint.Overloaded}, messages(a.Answers[99]))
		text, err := json.Marshal(a)
		require.NoError(t, err)
		require.Less(t, len(text), touchpoint.MaxBatchBytes*5/4)
		require.Greater(t, len(text), touchpoint.MaxBatchBytes*3/4)
		require.Equal(t, touchpoint.Success, b.GetProfile(b.ctx, "s").Status)
	})

	t.Run("GoesOnAfterAnError", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		a := b.ExecuteBatch(b.ctx, "s", touchpoint.Batch{Commands: []touchpoint.Command{start, bad, offers}})
		require.Equal(t, []touchpoint.Status{0, 2, 0}, statuses(a))
		require.Equal(t, touchpoint.Error, a.Status)
	})

	t.Run("StopsAtAnErrorWhereAsked", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		a := b.ExecuteBatch(b.ctx, "s", touchpoint.Batch{StopOnError: true, Commands: []touchpoint.Command{start, bad, offers}})
		require.Equal(t, []touchpoint.Status{0, 2}, statuses(a))
		require.Equal(t, touchpoint.Error, a.Status)
		require.Equal(t, touchpoint.BatchStopped, a.Messages[0].Code)
		require.Empty(t, b.history.written)
		require.Equal(t, int64(25), b.profile("s").Attributes["age"], "what came before is done")
	})

	t.Run("HasTheStatusOfItsWorstAnswer", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		warned := start
		warned.Profile = map[string]any{"age": 25, "shoes": 44}
		a := b.ExecuteBatch(b.ctx, "s", touchpoint.Batch{Commands: []touchpoint.Command{warned, {Method: touchpoint.MethodGetProfile}}})
		require.Equal(t, []touchpoint.Status{1, 0}, statuses(a))
		require.Equal(t, touchpoint.Warning, a.Status)
	})

	t.Run("TellsOfCommandsThatAreNone", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		a := b.ExecuteBatch(b.ctx, "s", touchpoint.Batch{Commands: []touchpoint.Command{start, {Method: "dropTables"}, {}}})
		require.Equal(t, []touchpoint.Status{0, 2, 2}, statuses(a))
		require.Equal(t, []touchpoint.Code{touchpoint.UnknownCommand}, messages(a.Answers[1]))
	})

	t.Run("IsBounded", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for _, n := range []int{0, touchpoint.MaxCommands + 1, 10_000} {
			commands := make([]touchpoint.Command, n)
			for i := range commands {
				commands[i] = start
			}
			a := b.ExecuteBatch(b.ctx, "s", touchpoint.Batch{Commands: commands})
			require.Equal(t, touchpoint.Error, a.Status)
			require.Equal(t, touchpoint.TooManyCommands, a.Messages[0].Code)
			require.Empty(t, a.Answers)
		}
		require.Zero(t, b.sessions.Usage().Sessions, "nothing was run")
	})
}
