package server

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/workflows/businessprocess"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	type received struct {
		method, key string
		body        map[string]any
	}
	calls := make(chan received, 1)
	answer := func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got := received{method: r.Method, key: r.Header.Get("Idempotency-Key")}
		_ = json.Unmarshal(text, &got.body)
		calls <- got
		switch r.URL.Path {
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/moved":
			http.Redirect(w, r, "/good", http.StatusFound)
		}
	}
	webhooks := httptest.NewServer(http.HandlerFunc(answer))
	defer webhooks.Close()
	id, err := schedule.NewID()
	require.NoError(t, err)
	action := func(path string) schedule.Action {
		return schedule.Action{ID: id, Level: "customer", Customer: "ada", Session: "s", Work: schedule.Work{
			Channel: "web", Key: []any{"ada"}, Cause: "event pay, actions[0]", Event: "pay", Data: map[string]any{"amount": json.Number("4")},
			Do: definition.EventAction{Do: definition.CallWebhook, URL: webhooks.URL + path}}}
	}
	allowed := triggers{caller: businessprocess.NewCaller(businessprocess.Guard{Allow: []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}})}

	require.NoError(t, allowed.Execute(t.Context(), action("/good")))
	require.Equal(t, received{"POST", id.String(), map[string]any{
		"id": id.String(), "channel": "web", "event": "pay", "cause": "event pay, actions[0]", "level": "customer", "key": []any{"ada"},
		"session": "s", "data": map[string]any{"amount": 4.0},
	}}, <-calls)
	for path, want := range map[string]fault.Kind{"/busy": fault.Unavailable, "/gone": fault.Invalid, "/moved": fault.Invalid} {
		err := allowed.Execute(t.Context(), action(path))
		require.True(t, fault.Is(err, want), "%s: %v", path, err)
		<-calls
	}

	guarded := triggers{caller: businessprocess.NewCaller(businessprocess.Guard{})}
	require.True(t, fault.Is(guarded.Execute(t.Context(), action("/good")), fault.Invalid), "loopback is not public")
	require.Empty(t, calls)

	inner := action("/good")
	inner.Work.Do.Do = definition.ReSegment
	require.True(t, fault.Is(allowed.Execute(context.Background(), inner), fault.Invalid))
}
