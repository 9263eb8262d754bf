package interactionserver_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver"
)

// Whatever a called service answers, the interaction goes on.
func TestAnswerOfACall(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"NumberOutOfRange": `{"vip": true, "limit": 1e400}`,
		"NUL":              `{"vip": true, "na\u0000me": "a\u0000b"}`,
		"LargeWholeNumber": `{"vip": true, "customer": 9007199254740993}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 0)
			in, _, err := b.Submit(t.Context(), b.media, interactionserver.Submission{MediaType: "email", Process: "letters"})
			require.NoError(t, err)
			_, err = b.Advance(t.Context(), in.ID)
			require.NoError(t, err)
			b.backdate(in.ID, "wakes_at", time.Hour)
			call, err := b.Advance(t.Context(), in.ID)
			require.NoError(t, err)
			require.Equal(t, interactionserver.AwaitCall, call.Kind)

			decoder := json.NewDecoder(strings.NewReader(text))
			decoder.UseNumber()
			var body any
			require.NoError(t, decoder.Decode(&body))
			require.NoError(t, b.Respond(t.Context(), in.ID, call.Sequence, interactionserver.CallResult{Status: 200, Body: body}))
			next, err := b.Advance(t.Context(), in.ID)
			require.NoError(t, err)
			require.Greater(t, next.Sequence, call.Sequence)
			if name == "LargeWholeNumber" {
				require.Contains(t, string(next.Machine), "9007199254740993")
			}
		})
	}
}
