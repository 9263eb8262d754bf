package interactionserver_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

func TestSubmit(t *testing.T) {
	t.Parallel()

	t.Run("KeepsWhatWasHandedIn", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		give := interactionserver.Submission{
			MediaSource: "mailbox", ExternalID: "<1@example>", MediaType: "email", Type: "inbound", Subtype: "complaint",
			Process: "disputes", Priority: 7, Properties: process.Values{"amount": 12.5, "count": 3, "tags": []any{"a", nil, true}},
		}

		in, created, err := b.Submit(t.Context(), b.media, give)
		require.NoError(t, err)
		require.True(t, created)
		require.Equal(t, in, b.get(in.ID))
		require.Equal(t, process.Values{"amount": 12.5, "count": int64(3), "tags": []any{"a", nil, true}}, in.Properties)
		require.Equal(t, []any{"mailbox", "<1@example>", "email", "inbound", "complaint", 7, 1, b.media},
			[]any{in.MediaSource, in.ExternalID, in.MediaType, in.Type, in.Subtype, in.Priority, in.ProcessVersion, in.SubmittedBy})
	})

	t.Run("ReturnsTheFirstOfAMediaSourceAndExternalID", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		first := b.submit("call-1")

		again, created, err := b.Submit(t.Context(), b.media, interactionserver.Submission{
			ExternalID: "call-1", MediaType: "email", Process: "letters", Priority: 3,
		})
		require.NoError(t, err)
		require.False(t, created)
		require.Equal(t, first, again)
		other, created, err := b.Submit(t.Context(), b.media, interactionserver.Submission{
			MediaSource: "elsewhere", ExternalID: "call-1", MediaType: "chat", Process: "disputes",
		})
		require.NoError(t, err)
		require.True(t, created)
		require.NotEqual(t, first.ID, other.ID)
	})

	t.Run("NeverTakesOneWithoutExternalIDForARepetition", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		first, second := b.submit(""), b.submit("")
		require.NotEqual(t, first.ID, second.ID)
	})

	t.Run("MakesOneOfManyAtOnceOnSeveralServers", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		services := []*interactionserver.Service{b.Service, b.server(b.otherServer())}
		const racers = 40
		ids := make([]interactionserver.InteractionID, racers)
		news := make([]bool, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				in, created, err := services[i%2].Submit(t.Context(), b.media, interactionserver.Submission{
					ExternalID: "call-1", MediaType: "chat", Process: "disputes", Priority: i,
				})
				if err == nil {
					ids[i], news[i] = in.ID, created
				}
			})
		}
		wg.Wait()

		created := 0
		for i := range racers {
			require.Equal(t, ids[0], ids[i])
			if news[i] {
				created++
			}
		}
		require.Equal(t, 1, created)
		require.Equal(t, []int{1, 1, 1}, []int{b.count("SELECT count(*) FROM interactions"),
			b.count("SELECT count(*) FROM events"), b.count("SELECT count(*) FROM outbox")})
	})

	t.Run("RefusesWhoMayNotAndWhatTheServerWasNotGranted", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		chat := interactionserver.Submission{MediaType: "chat", Process: "disputes"}

		_, _, err := b.Submit(t.Context(), b.stranger, chat)
		requireFault(t, err, fault.Forbidden, "not-allowed")
		require.ErrorContains(t, err, "the caller may not submit to the business process disputes")
		_, _, err = b.Submit(t.Context(), b.agents[0], chat)
		requireFault(t, err, fault.Forbidden, "not-allowed")
		chat.Process = "loans"
		_, _, err = b.Submit(t.Context(), b.media, chat)
		requireFault(t, err, fault.Forbidden, "process-not-granted")
		chat.Process = "unheard-of"
		_, _, err = b.Submit(t.Context(), b.media, chat)
		requireFault(t, err, fault.Forbidden, "not-allowed")

		require.Zero(t, b.count("SELECT count(*) FROM interactions"))
		figures, err := b.Statistics(t.Context(), b.media)
		require.NoError(t, err)
		refused := map[string]int64{}
		for _, f := range figures {
			refused[f.Process] = f.Refused
		}
		require.Equal(t, map[string]int64{"disputes": 2, "letters": 0, "loans": 1}, refused)
	})

	t.Run("KeepsAnExternalIDSecretFromWhoMayNotSeeItsInteraction", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 0)
		b.submit("call-1")
		c := b.otherServer()
		blind := id[accountID]()
		c.Accounts = append(c.Accounts, account(blind, "blind", nil, map[string][]string{"letters": {"submit"}}))
		other := b.server(c)

		in, _, err := other.Submit(t.Context(), blind, interactionserver.Submission{
			ExternalID: "call-1", MediaType: "chat", Process: "letters",
		})
		requireFault(t, err, fault.Conflict, "external-id-taken")
		require.Zero(t, in)
	})

	deep := any("x")
	for range 40 {
		deep = []any{deep}
	}
	for _, c := range []struct {
		name string
		give interactionserver.Submission
		path string
	}{
		{"NoMedium", interactionserver.Submission{}, "mediaType"},
		{"MediumWithSpaces", interactionserver.Submission{MediaType: "e mail"}, "mediaType"},
		{"LongExternalID", interactionserver.Submission{MediaType: "chat", ExternalID: strings.Repeat("x", 201)}, "externalId"},
		{"NULInExternalID", interactionserver.Submission{MediaType: "chat", ExternalID: "a\x00b"}, "externalId"},
		{"NoUTF8InSource", interactionserver.Submission{MediaType: "chat", MediaSource: "\xff"}, "mediaSource"},
		{"ControlsInType", interactionserver.Submission{MediaType: "chat", Type: "a\nb"}, "type"},
		{"LongSubtype", interactionserver.Submission{MediaType: "chat", Subtype: strings.Repeat("é", 101)}, "subtype"},
		{"HugePriority", interactionserver.Submission{MediaType: "chat", Priority: 1 << 40}, "priority"},
		{"NULInProperty", interactionserver.Submission{MediaType: "chat", Properties: process.Values{"a": []any{"\x00"}}}, "properties.a[0]"},
		{"NULInPropertyName", interactionserver.Submission{MediaType: "chat", Properties: process.Values{"a": map[string]any{"\x00": 1}}}, "properties.a"},
		{"DeepProperties", interactionserver.Submission{MediaType: "chat", Properties: process.Values{"a": deep}}, "properties.a"},
		{"LargeProperties", interactionserver.Submission{MediaType: "chat", Properties: process.Values{"a": strings.Repeat("x", 1<<18)}}, "properties"},
		{"PropertyThatIsNoJSON", interactionserver.Submission{MediaType: "chat", Properties: process.Values{"a": make(chan int)}}, "properties"},
	} {
		t.Run("SaysWhatIsWrong/"+c.name, func(t *testing.T) {
			t.Parallel()
			s := interactionserver.NewService("", nil, interactionserver.Options{})
			c.give.Process = "disputes"
			_, _, err := s.Submit(t.Context(), "", c.give)
			requireFault(t, err, fault.Invalid, "invalid-input")
			f, _ := fault.As(err)
			require.Contains(t, f.Places[0].Path, c.path)
		})
	}
}
