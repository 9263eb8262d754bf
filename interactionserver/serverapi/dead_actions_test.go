package serverapi_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/tenants"
)

// dead is a webhook of that event that was given up.
func (b *testBundle) dead(event string) schedule.ID {
	b.t.Helper()
	id, err := schedule.NewID()
	require.NoError(b.t, err)
	_, err = b.actions.Write(b.t.Context(), schedule.Moment{Actions: []schedule.Action{{ID: id, Due: time.Now().Add(-time.Minute), Level: "customer",
		Customer: "ada", Session: "s", Work: schedule.Work{Channel: "web", Key: []any{"ada"}, Cause: "event " + event + ", actions[0]", Event: event,
			Values: map[string]any{"secret": "hidden"}, Do: definition.EventAction{Do: definition.CallWebhook, URL: "https://crm.example/hook"}}}}})
	require.NoError(b.t, err)
	for {
		claims, err := b.actions.Claim(b.t.Context(), 1)
		require.NoError(b.t, err)
		require.NotEmpty(b.t, claims)
		buried, err := b.actions.Bury(b.t.Context(), claims[0], "the webhook answered 410")
		require.NoError(b.t, err)
		require.True(b.t, buried)
		if claims[0].ID == id {
			return id
		}
	}
}

func TestDeadActions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	operator := b.as(b.operator)
	list := func() (ids []string) {
		for dead, err := range operator.DeadActions(t.Context()) {
			require.NoError(t, err)
			ids = append(ids, dead.ID)
		}
		return ids
	}
	require.Empty(t, list())
	var want []string
	for range 5 {
		want = append(want, b.dead("complaint").String())
	}
	slices.Reverse(want)
	require.Equal(t, want, list(), "the last first")

	t.Run("AreShownWithTheReasonAndWithoutTheCustomer", func(t *testing.T) {
		var page struct {
			Items []map[string]any
			Next  string
		}
		caller := client.New(b.url, client.Options{Credential: b.keys["operator"]})
		require.NoError(t, caller.Do(t.Context(), http.MethodGet, "/v1/dead-actions?limit=2", nil, &page))
		require.Len(t, page.Items, 2)
		first := page.Items[0]
		require.Equal(t, "the webhook answered 410", first["problem"])
		require.Equal(t, "https://crm.example/hook", first["url"])
		require.EqualValues(t, 1, first["attempts"])
		for _, private := range []string{"customer", "key", "values", "session"} {
			require.NotContains(t, first, private)
		}
		next := page.Next
		require.NotEmpty(t, next)
		require.NoError(t, caller.Do(t.Context(), http.MethodGet, "/v1/dead-actions?limit=2&cursor="+next, nil, &page))
		require.Equal(t, want[2], page.Items[0]["id"])
	})
	t.Run("AreTriedAgainOrDropped", func(t *testing.T) {
		require.NoError(t, operator.RetryDeadAction(t.Context(), want[1]))
		require.NoError(t, operator.DiscardDeadAction(t.Context(), want[3]))
		require.Equal(t, []string{want[0], want[2], want[4]}, list())
		usage, err := b.actions.Usage(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, usage.Waiting)
		for _, id := range []string{want[1], want[3], tenants.NewID[string](), "no-id"} {
			require.True(t, client.IsStatus(operator.RetryDeadAction(t.Context(), id), http.StatusNotFound), id)
			require.True(t, client.IsStatus(operator.DiscardDeadAction(t.Context(), id), http.StatusNotFound), id)
		}
	})
	t.Run("AreForThoseAloneWhoOperateTheSolution", func(t *testing.T) {
		for _, account := range []configuration.Account{b.boss, b.anna, b.shop, b.gateway} {
			err := b.as(account).RetryDeadAction(t.Context(), want[0])
			require.True(t, client.IsStatus(err, http.StatusForbidden), account.Name)
		}
	})
}
