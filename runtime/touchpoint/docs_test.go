package touchpoint_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/touchpoint"
)

func TestGuideIsCorrect(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/runtime-api.md")
	require.NoError(t, err)
	text := string(guide)

	t.Run("HasEveryCodeWithItsText", func(t *testing.T) {
		t.Parallel()
		rows := regexp.MustCompile(`(?m)^\| (\d+) \| [a-z, ]+ \| ([^|]+) \|`).FindAllStringSubmatch(text, -1)
		require.Len(t, rows, len(touchpoint.Codes))
		for _, row := range rows {
			var code touchpoint.Code
			_, err := fmt.Sscan(row[1], &code)
			require.NoError(t, err)
			require.Equal(t, touchpoint.Codes[code], row[2])
		}
	})

	t.Run("ShowsCallsThatAreOnes", func(t *testing.T) {
		t.Parallel()
		for method, into := range map[string]any{
			"startSession": &touchpoint.Start{}, "getOffers": &touchpoint.GetOffers{}, "postEvent": &touchpoint.PostEvent{},
			"setAudience": &touchpoint.SetAudience{}, "executeBatch": &touchpoint.Batch{},
		} {
			_, after, found := strings.Cut(text, "```json "+method+"\n")
			require.True(t, found, method)
			example, _, _ := strings.Cut(after, "```")
			decoder := json.NewDecoder(strings.NewReader(example))
			decoder.DisallowUnknownFields()
			require.NoError(t, decoder.Decode(into), method)
		}
	})

	t.Run("ShowsAnAnswer", func(t *testing.T) {
		t.Parallel()
		_, after, _ := strings.Cut(text, "```json\n")
		example, _, _ := strings.Cut(after, "```")
		var answer touchpoint.Answer
		decoder := json.NewDecoder(strings.NewReader(example))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&answer))
		encoded, err := json.Marshal(answer)
		require.NoError(t, err)
		var compact bytes.Buffer
		require.NoError(t, json.Compact(&compact, []byte(example)))
		require.JSONEq(t, compact.String(), string(encoded))
		require.Equal(t, touchpoint.Codes[answer.Messages[0].Code], answer.Messages[0].Text)
	})
}
