package serverapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/configuration"
)

// runtime calls the runtime API with the API key of that account.
func (b *testBundle) runtime(account configuration.Account) *client.Runtime {
	return client.NewRuntime([]string{b.url}, client.RuntimeOptions{Options: client.Options{Credential: b.keys[account.Name], Retries: -1}})
}

// visitor is one to whom all rules of the channel may apply.
var visitor = client.Properties{"age": 40, "income": 50_000.0, "country": "de", "member": true, "visits": int64(3)}

func code(t *testing.T, answer client.RuntimeAnswer, status client.RuntimeStatus, code int) {
	t.Helper()
	require.Equal(t, status, answer.Status, "%+v", answer.Messages)
	_, ok := answer.Message(code)
	require.True(t, ok, "%+v", answer.Messages)
}

func TestRuntime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	shop := b.runtime(b.shop)

	t.Run("GivesOffersToASession", func(t *testing.T) {
		t.Parallel()
		const id = "visit/1 ü%#?&:+;é"
		started, err := shop.StartSession(ctx, id, client.StartSession{
			Channel: "web", Debug: true, Profile: visitor, Audience: client.Audience{ID: client.Properties{"customer": "c1"}},
			Parameters: client.Properties{"page": "home", "big": int64(9007199254740993)},
		})
		require.NoError(t, err)
		require.Equal(t, client.RuntimeSuccess, started.Status, started.Messages)
		require.Equal(t, id, started.SessionID)
		require.EqualValues(t, 7, started.Version.Number)

		one, err := shop.GetOffers(ctx, id, client.GetOffers{OffersWanted: client.OffersWanted{Point: "point-0", Count: 2, Attributes: []string{"fee"}}})
		require.NoError(t, err)
		require.Equal(t, client.RuntimeSuccess, one.Status, one.Messages)
		require.NotEmpty(t, one.Offers("point-0"))
		first := one.Offers("point-0")[0]
		require.NotEmpty(t, first.Treatment)
		require.Contains(t, first.Attributes, "fee")
		require.NotContains(t, first.Attributes, "headline")
		require.NotEmpty(t, one.Explain[0].Candidates)

		several, err := shop.GetOffers(ctx, id, client.GetOffers{Points: []client.OffersWanted{{Point: "point-1", Count: 1}, {Point: "point-0", Count: 1}}})
		require.NoError(t, err)
		require.Len(t, several.OfferLists, 2)
		require.Equal(t, "point-1", several.OfferLists[0].Point)

		event, err := shop.PostEvent(ctx, id, client.PostEvent{Event: "clicked", Treatment: first.Treatment})
		require.NoError(t, err)
		require.Equal(t, client.RuntimeSuccess, event.Status, event.Messages)
		profile, err := shop.GetProfile(ctx, id)
		require.NoError(t, err)
		require.Equal(t, "c1", profile.Profile.Audience.ID["customer"])
		require.Equal(t, int64(9007199254740993), profile.Profile.Parameters["big"], "whole numbers stay exact")
		require.Equal(t, int64(40), profile.Profile.Attributes["age"])
		changed, err := shop.SetAudience(ctx, id, client.SetAudience{Audience: client.Audience{ID: client.Properties{"customer": "c2"}}, Profile: visitor})
		require.NoError(t, err)
		require.Equal(t, client.RuntimeSuccess, changed.Status, changed.Messages)
		off, err := shop.SetDebug(ctx, id, false)
		require.NoError(t, err)
		require.Equal(t, client.RuntimeSuccess, off.Status)
		ended, err := shop.EndSession(ctx, id)
		require.NoError(t, err)
		require.Equal(t, client.RuntimeSuccess, ended.Status)
		gone, err := shop.GetProfile(ctx, id)
		require.NoError(t, err)
		code(t, gone, client.RuntimeError, 1)
	})

	t.Run("RunsBatchesInBothModes", func(t *testing.T) {
		t.Parallel()
		commands := []client.RuntimeCommand{
			{Method: client.MethodStartSession, Channel: "web", Profile: visitor},
			{Method: "dance"},
			{Method: client.MethodGetOffers, OffersWanted: client.OffersWanted{Point: "point-0", Count: 1}},
			{Method: client.MethodGetVersion},
		}
		all, err := shop.ExecuteBatch(ctx, "batch", client.RuntimeBatch{Commands: commands})
		require.NoError(t, err)
		require.Equal(t, client.RuntimeError, all.Status)
		require.Len(t, all.Answers, 4)
		code(t, all.Answers[1], client.RuntimeError, 10)
		require.Len(t, all.Answers[2].Offers("point-0"), 1)
		require.Equal(t, "web", all.Answers[3].Channels[0].Channel)
		stopped, err := shop.ExecuteBatch(ctx, "batch", client.RuntimeBatch{Commands: commands, StopOnError: true})
		require.NoError(t, err)
		require.Len(t, stopped.Answers, 2)
	})

	t.Run("AnswersBadInputWithACode", func(t *testing.T) {
		t.Parallel()
		started, err := shop.StartSession(ctx, "bad", client.StartSession{Channel: "web", Profile: visitor})
		require.NoError(t, err)
		require.Equal(t, client.RuntimeSuccess, started.Status)
		for _, id := range []string{strings.Repeat("x", 257), "a\x00b", "\xff", "line\nbreak", strings.Repeat("ü", 129)} {
			answer, err := shop.GetProfile(ctx, id)
			require.NoError(t, err)
			code(t, answer, client.RuntimeError, 101)
			require.Empty(t, answer.SessionID)
		}
		for _, count := range []int{-1, 0, 51, 1 << 40} {
			answer, err := shop.GetOffers(ctx, "bad", client.GetOffers{Points: []client.OffersWanted{{Point: "point-0", Count: count}}})
			require.NoError(t, err)
			code(t, answer, client.RuntimeError, 105)
		}
		many := client.Properties{}
		for i := range 10_000 {
			many[fmt.Sprint("a", i)] = i
		}
		answer, err := shop.StartSession(ctx, "bad", client.StartSession{Channel: "web", Profile: many})
		require.NoError(t, err)
		code(t, answer, client.RuntimeError, 112)
		batch, err := shop.ExecuteBatch(ctx, "bad", client.RuntimeBatch{Commands: make([]client.RuntimeCommand, 10_000)})
		require.NoError(t, err)
		require.Equal(t, client.RuntimeError, batch.Status)
		require.Equal(t, 107, batch.Messages[0].Code)
		require.Empty(t, batch.Answers)
		for _, treatment := range []string{"forged", "0190c5a0-0000-7000-8000-000000000001", strings.Repeat("9", 100_000)} {
			answer, err := shop.PostEvent(ctx, "bad", client.PostEvent{Event: "clicked", Treatment: treatment})
			require.NoError(t, err)
			require.NotEqual(t, client.RuntimeSuccess, answer.Status, treatment)
		}
	})

	t.Run("RefusesWhatIsNoRequest", func(t *testing.T) {
		t.Parallel()
		c := client.New(b.url, client.Options{Credential: b.keys["shop"], Retries: -1})
		for _, test := range []struct {
			path, typ string
			status    int
			body      any
		}{
			{"/v1/sessions/s/offers", "invalid-input", 400, object{"pint": "x"}},
			{"/v1/sessions/s/offers", "invalid-input", 400, object{"Point": "x"}},
			{"/v1/sessions/s/offers", "invalid-input", 400, object{"points": []object{{"Point": "x"}}}},
			{"/v1/sessions/s/offers", "invalid-input", 400, object{"point": "x", "points": []object{{"point": "y"}}}},
			{"/v1/sessions/s/offers", "invalid-input", 400, object{"point": "x", "count": "3"}},
			{"/v1/sessions/s/offers?debug=1", "invalid-input", 400, object{"point": "x"}},
			{"/v1/sessions/s/offers", "invalid-input", 400, nil},
			{"/v1/sessions/s/events", "invalid-input", 400, object{"event": 7}},
			{"/v1/sessions/s/events", "body-too-large", 413, object{"event": strings.Repeat("x", 1<<20)}},
			{"/v1/sessions/s/events", "body-too-deep", 413, json.RawMessage(`{"parameters":` + strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 41))},
			{"/v1/sessions/" + strings.Repeat("x", 1<<20) + "/events", "head-too-large", 431, object{"event": "x"}},
			{"/v1/sessions//events", "no-such-route", 404, object{"event": "x"}},
			{"/v1/batch/s", "invalid-input", 400, object{"commands": []object{{"method": "getOffers", "point": "x", "points": []object{}}}}},
		} {
			err := c.Do(ctx, http.MethodPost, test.path, test.body, nil)
			for range 20 {
				// A server that refuses a request unread may close before the client
				// has read the refusal.
				if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
					break
				}
				err = c.Do(ctx, http.MethodPost, test.path, test.body, nil)
			}
			require.True(t, client.IsStatus(err, test.status) && client.IsType(err, test.typ), "%.60s %.60v: %.300v", test.path, test.body, err)
		}
	})

	t.Run("IsForTouchpointsOnly", func(t *testing.T) {
		t.Parallel()
		for _, account := range []configuration.Account{b.boss, b.anna, b.gateway} {
			_, err := b.runtime(account).StartSession(ctx, "s", client.StartSession{Channel: "web"})
			require.True(t, client.IsStatus(err, http.StatusForbidden), "%s: %v", account.Name, err)
		}
		_, _, err := b.as(b.shop).Submit(ctx, client.NewInteraction{Process: "dispute", MediaType: "chat"})
		require.True(t, client.IsStatus(err, http.StatusForbidden), err)
	})
}

func TestRuntimeMetrics(t *testing.T) {
	t.Parallel()
	b := setup(t)
	shop := b.runtime(b.shop)
	for range 3 {
		_, err := shop.StartSession(t.Context(), "s", client.StartSession{Channel: "web", Profile: visitor})
		require.NoError(t, err)
	}
	_, err := shop.GetProfile(t.Context(), "nobody")
	require.NoError(t, err)
	_, err = shop.ExecuteBatch(t.Context(), "s", client.RuntimeBatch{Commands: []client.RuntimeCommand{
		{Method: "made-up-1"}, {Method: "made-up-2"}, {Method: client.MethodGetProfile},
	}})
	require.NoError(t, err)
	require.Equal(t, map[string]float64{
		"startSession 0": 3, "getProfile 2": 1, "getProfile 0": 1, "executeBatch 2": 1, "unknown 2": 2,
	}, b.counted("switchyard_runtime_calls_total"))
	require.Equal(t, map[string]float64{"": 1}, b.counted("switchyard_runtime_sessions"))
}

// counted are the values of a metric by its labels.
func (b *testBundle) counted(name string) map[string]float64 {
	b.t.Helper()
	families, err := b.registry.Gather()
	require.NoError(b.t, err)
	values := map[string]float64{}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			var labels []string
			for _, label := range m.GetLabel() {
				labels = append(labels, label.GetValue())
			}
			values[strings.Join(labels, " ")] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return values
}
