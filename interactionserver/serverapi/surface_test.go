package serverapi_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/tenants"
)

func TestSubmit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()

	t.Run("ReturnsTheFirstWhenItComesAgain", func(t *testing.T) {
		t.Parallel()
		in := client.NewInteraction{
			ExternalID: "mail-1", MediaSource: "mailbox", MediaType: "email", Type: "inbound", Subtype: "complaint",
			Process: "dispute", Priority: 7, Properties: map[string]any{"amount": 12.5, "nested": map[string]any{"a": []any{true, nil}}},
		}
		first, created, err := b.as(b.gateway).Submit(ctx, in)
		require.NoError(t, err)
		require.True(t, created)
		require.Equal(t, in.Properties, first.Properties)
		require.Equal(t, "gateway", first.SubmittedBy)
		in.Priority = 9
		again, created, err := b.as(b.gateway).Submit(ctx, in)
		require.NoError(t, err)
		require.False(t, created)
		require.Equal(t, first, again)
	})

	t.Run("KeepsWholeNumbersExact", func(t *testing.T) {
		t.Parallel()
		const number = int64(9007199254740993) // 2^53 + 1
		submitted, _, err := b.as(b.boss).Submit(ctx, client.NewInteraction{
			Process: "dispute", MediaType: "letter", Properties: client.Properties{"number": number},
		})
		require.NoError(t, err)
		read, err := b.as(b.boss).Interaction(ctx, submitted.ID)
		require.NoError(t, err)
		require.Equal(t, number, read.Properties["number"])
	})

	t.Run("RefusesWhatTheServerWasNotGranted", func(t *testing.T) {
		t.Parallel()
		_, _, err := b.as(b.boss).Submit(ctx, client.NewInteraction{MediaType: "chat", Process: "claims-of-others"})
		require.True(t, client.IsStatus(err, http.StatusForbidden), err)
	})

	t.Run("RefusesWhatTheCallerWasNotGranted", func(t *testing.T) {
		t.Parallel()
		_, _, err := b.as(b.gateway).Submit(ctx, client.NewInteraction{MediaType: "chat", Process: "claim"})
		require.True(t, client.IsStatus(err, http.StatusForbidden), err)
		_, _, err = b.as(b.anna).Submit(ctx, client.NewInteraction{MediaType: "chat", Process: "dispute"})
		require.True(t, client.IsType(err, "not-allowed"), err)
	})

	t.Run("SaysWhatIsWrong", func(t *testing.T) {
		t.Parallel()
		c := client.New(b.url, client.Options{Credential: b.keys["boss"], Retries: -1})
		for name, body := range map[string]any{
			"unknown field":   object{"process": "dispute", "mediaType": "chat", "state": "stopped"},
			"wrong type":      object{"process": 7, "mediaType": "chat"},
			"missing process": object{"mediaType": "chat"},
			"bad medium":      object{"process": "dispute", "mediaType": "Not A Name"},
			"long external":   object{"process": "dispute", "mediaType": "chat", "externalId": strings.Repeat("x", 201)},
			"no object":       []any{1},
			"list":            object{"process": "dispute", "mediaType": "chat", "properties": []any{}},
		} {
			err := c.Do(ctx, http.MethodPost, "/v1/interactions", body, nil)
			require.True(t, client.IsStatus(err, http.StatusBadRequest), "%s: %v", name, err)
		}
	})
}

func TestReading(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	for range 3 {
		b.submit("dispute", "letter")
	}
	claim := b.submit("claim", "letter")

	t.Run("ListsByPagesWhatTheCallerMayView", func(t *testing.T) {
		t.Parallel()
		c := client.New(b.url, client.Options{Credential: b.keys["boss"], Retries: -1})
		var ids []string
		for i, err := range client.All[client.Interaction](ctx, c, "/v1/interactions?limit=2") {
			require.NoError(t, err)
			ids = append(ids, i.ID)
		}
		require.Len(t, ids, 4)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(ids))), 4)
		for i, err := range b.as(b.stranger).Interactions(ctx, client.InteractionFilter{}) {
			require.NoError(t, err)
			require.Equal(t, claim.ID, i.ID)
		}
		err := c.Do(ctx, http.MethodGet, "/v1/interactions?cursor=abc", nil, nil)
		require.True(t, client.IsStatus(err, http.StatusBadRequest), err)
	})

	t.Run("PagesThroughEvents", func(t *testing.T) {
		t.Parallel()
		c := client.New(b.url, client.Options{Credential: b.keys["boss"], Retries: -1})
		var kinds []string
		for e, err := range client.All[client.InteractionEvent](ctx, c, "/v1/interactions/"+claim.ID+"/events?limit=1") {
			require.NoError(t, err)
			kinds = append(kinds, e.Kind)
		}
		require.Equal(t, "submitted", kinds[0])
		require.Contains(t, kinds, "placed-in-queue")
	})

	t.Run("FiltersByAgent", func(t *testing.T) {
		t.Parallel()
		for _, agent := range []string{"nobody", "me"} {
			for found, err := range b.as(b.boss).Interactions(ctx, client.InteractionFilter{Agent: agent}) {
				require.NoError(t, err)
				require.Fail(t, "an agent that holds none has interaction "+found.ID)
			}
		}
	})

	t.Run("AnswersMalformedIDsLikeMissingOnes", func(t *testing.T) {
		t.Parallel()
		_, malformed := b.as(b.boss).Interaction(ctx, "0190")
		_, missing := b.as(b.boss).Interaction(ctx, tenants.NewID[string]())
		require.True(t, client.IsStatus(missing, http.StatusNotFound), missing)
		require.True(t, client.IsStatus(malformed, http.StatusNotFound), malformed)
	})
}

func TestPull(t *testing.T) {
	t.Parallel()
	b := setup(t)
	claim := b.submit("claim", "letter")
	pulled, ok, err := b.as(b.anna).Pull(t.Context(), "claim.tray")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, claim.ID, pulled.ID)
	require.Equal(t, "anna", pulled.Agent)
	_, ok, err = b.as(b.anna).Pull(t.Context(), "claim.tray")
	require.NoError(t, err)
	require.False(t, ok)
}

func TestAnswersOfAgents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	accepted := b.accepted()

	_, err := b.as(b.anna).Accept(ctx, accepted.ID, accepted.Assignment)
	require.NoError(t, err, "repeating it is harmless")
	_, err = b.as(b.anna).Accept(ctx, accepted.ID, accepted.Assignment+1)
	require.True(t, client.IsType(err, "assignment-ended"), err)
	_, err = b.as(b.stranger).Complete(ctx, accepted.ID, client.Completion{Assignment: accepted.Assignment, Outcome: "stolen"})
	require.True(t, client.IsStatus(err, http.StatusNotFound), err)
	done, err := b.as(b.anna).Complete(ctx, accepted.ID, client.Completion{Assignment: accepted.Assignment, Outcome: "resolved"})
	require.NoError(t, err)
	require.Equal(t, "resolved", done.Outcome)
}

func TestAccess(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	status := func(credential string) error {
		_, err := client.NewInteractionServer(client.New(b.url, client.Options{Credential: credential, Retries: -1})).Status(ctx)
		return err
	}
	token := b.token(b.anna.Ref, b.config.Tenant.ID, b.audience(), time.Hour)
	require.NoError(t, status(token), "a token for the server's group")
	foreign := b.token(configurationRef("nobody"), b.config.Tenant.ID, b.audience(), time.Hour)
	require.True(t, client.IsStatus(status(foreign), http.StatusForbidden), "an account that was granted nothing here")

	next := b.config
	next.Revision = "2"
	next.Accounts = slices.DeleteFunc(slices.Clone(next.Accounts), func(a configuration.Account) bool { return a.Name == "anna" })
	require.NoError(t, b.service.SetConfiguration(ctx, next))
	require.True(t, client.IsStatus(status(token), http.StatusForbidden), "the account is gone")
	require.True(t, client.IsStatus(status(b.keys["anna"]), http.StatusUnauthorized), "and so is its key")
	require.NoError(t, status(b.keys["boss"]))
}

func TestStreamEndsWithTheAccess(t *testing.T) {
	t.Parallel()
	b := setup(t)
	seen := make(chan client.Agent, 1000)
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		ended <- b.as(b.anna).WatchAgent(ctx, "me", func(a client.Agent) error { seen <- a; return nil })
	}()
	first := <-seen
	require.Equal(t, "anna", first.Name)
	require.False(t, first.DoNotDisturb)
	_, err := b.as(b.anna).SetDoNotDisturb(ctx, "me", true)
	require.NoError(t, err)
	for !(<-seen).DoNotDisturb {
		require.NoError(t, ctx.Err())
	}

	next := b.config
	next.Revision = "2"
	next.Accounts = []configuration.Account{b.boss}
	require.NoError(t, b.service.SetConfiguration(ctx, next))
	require.True(t, client.IsStatus(<-ended, http.StatusUnauthorized))
}

func TestStreamEndsWithTheKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	opened := make(chan struct{}, 1000)
	ended := make(chan error, 1)
	go func() {
		ended <- b.as(b.anna).WatchAgent(ctx, "me", func(client.Agent) error { opened <- struct{}{}; return nil })
	}()
	<-opened

	next := b.config
	next.Revision = "2"
	next.Accounts = slices.Clone(next.Accounts)
	anna := slices.IndexFunc(next.Accounts, func(a configuration.Account) bool { return a.Name == "anna" })
	next.Accounts[anna].APIKeys = nil
	require.NoError(t, b.service.SetConfiguration(ctx, next))
	require.True(t, client.IsStatus(<-ended, http.StatusUnauthorized), "the stream went on with a revoked key")
}
