package process_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/process"
)

// TestGuideIsCorrect parses what the guide shows: its documents and, together,
// its fragments.
func TestGuideIsCorrect(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/process-language.md")
	require.NoError(t, err)
	blocks := strings.Split(string(guide), "```yaml\n")[1:]
	require.NotEmpty(t, blocks)

	fragments := ""
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		if fragment, ok := strings.CutPrefix(block, "# fragment\n"); ok {
			fragments += fragment
			continue
		}
		_, err := process.Parse([]byte(block))
		require.NoError(t, err)
	}
	parse(t, "- first: {switch: [{x: {when: outcome == '', then: customer}}]}\n"+fragments+"- last: {call: stop}\n")
}
