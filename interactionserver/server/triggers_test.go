package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/workflows/businessprocess"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	type received struct {
		method, key string
		header      http.Header
		text        []byte
		body        map[string]any
	}
	calls := make(chan received, 1)
	answer := func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got := received{method: r.Method, key: r.Header.Get("Idempotency-Key"), header: r.Header, text: text}
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

	allowed.keys, err = parseWebhookKeys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32)))
	require.NoError(t, err)

	// A receiver that knows one of the keys, whichever it is, checks what has come.
	checked := func(got received) {
		t.Helper()
		require.Equal(t, id.String(), got.header.Get("webhook-id"), "the same in all attempts")
		seconds, err := strconv.ParseInt(got.header.Get("webhook-timestamp"), 10, 64)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), time.Unix(seconds, 0), time.Minute)
		signatures := strings.Split(got.header.Get("webhook-signature"), " ")
		require.Len(t, signatures, 2)
		for i, key := range allowed.keys {
			mac := hmac.New(sha256.New, key)
			fmt.Fprintf(mac, "%s.%d.%s", got.header.Get("webhook-id"), seconds, got.text)
			require.Equal(t, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)), signatures[i])
		}
	}
	odd := action("/good")
	odd.Work.Data = map[string]any{"amount": json.Number("4"), "text": "<é \u2028 & \"quoted\">", "none": nil}
	require.NoError(t, allowed.Execute(t.Context(), odd))
	checked(<-calls)
	require.NoError(t, allowed.Execute(t.Context(), action("/good")))
	got := <-calls
	checked(got)
	require.Equal(t, "POST "+id.String(), got.method+" "+got.key)
	require.Equal(t, map[string]any{
		"id": id.String(), "channel": "web", "event": "pay", "cause": "event pay, actions[0]", "level": "customer", "key": []any{"ada"},
		"session": "s", "data": map[string]any{"amount": 4.0},
	}, got.body)
	for path, want := range map[string]fault.Kind{"/busy": fault.Unavailable, "/gone": fault.Invalid, "/moved": fault.Invalid} {
		err := allowed.Execute(t.Context(), action(path))
		require.True(t, fault.Is(err, want), "%s: %v", path, err)
		checked(<-calls)
	}

	guarded := triggers{caller: businessprocess.NewCaller(businessprocess.Guard{})}
	require.True(t, fault.Is(guarded.Execute(t.Context(), action("/good")), fault.Invalid), "loopback is not public")
	require.Empty(t, calls)

	inner := action("/good")
	inner.Work.Do.Do = definition.ReSegment
	require.True(t, fault.Is(allowed.Execute(context.Background(), inner), fault.Invalid))
}

func TestAnEventStartsAProcessOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, "", "none")
	b.runner.Actions["dispute"] = []string{"execute", "submit"}
	b.grant("dispute")
	shop := shopPackage(b.launch.Tenant.ID)
	shop.Content.Events["complaint"] = definition.Event{
		Parameters: []definition.Attribute{{Name: "amount", Type: definition.Number}},
		Actions: []definition.EventAction{
			{Do: definition.StartProcess, Process: "dispute", Send: map[string]string{"amount": "event.amount"}},
			{Do: definition.SubmitInteraction, Process: "dispute", MediaType: "chat"},
		},
	}
	content, hash, err := shop.Encode()
	require.NoError(t, err)
	require.NoError(t, b.group().Publish(t.Context(), hash, content))
	_, err = b.group().Move(t.Context(), 0, versions.Version{Channel: "web", Number: 1, Hash: hash, Name: "release 1"})
	require.NoError(t, err)
	b.start()

	answer, err := b.asShop().StartSession(t.Context(), "visit", client.StartSession{
		Channel: "web", Audience: client.Audience{ID: client.Properties{"id": "ada"}}})
	success(t, answer, err)
	answer, err = b.asShop().PostEvent(t.Context(), "visit", client.PostEvent{Event: "complaint", Parameters: client.Properties{"amount": 2.5}})
	success(t, answer, err)
	var submitted map[string]client.Interaction
	b.eventually("both are submitted", func() bool {
		submitted = map[string]client.Interaction{}
		for interaction, err := range b.as(b.boss).Interactions(t.Context(), client.InteractionFilter{MediaSource: "runtime"}) {
			require.NoError(t, err)
			require.NotContains(t, submitted, interaction.MediaType)
			submitted[interaction.MediaType] = interaction
		}
		return len(submitted) == 2
	})
	require.Contains(t, submitted, "chat")
	started := submitted["event"]
	require.Equal(t, "dispute", started.Process)
	require.NotEmpty(t, started.ExternalID)
	require.Equal(t, client.Properties{"channel": "web", "event": "complaint", "level": "customer", "key": []any{"ada"}, "session": "visit",
		"data": map[string]any{"amount": 2.5}}, started.Properties)
}
