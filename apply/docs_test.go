package apply_test

import (
	"os"
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/apply"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestGuide parses what the guide shows.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/offer-design.md")
	require.NoError(t, err)
	blocks := yamlBlock.FindAllSubmatch(guide, -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		set, err := apply.ParseFile(fstest.MapFS{"guide.yaml": {Data: block[1]}}, "guide.yaml")
		require.NoError(t, err)
		require.NotEmpty(t, set.Designs)
	}
}
