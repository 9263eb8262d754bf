package process

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

type schemaNode struct {
	Properties map[string]schemaNode `json:"properties"`
	Required   []string              `json:"required"`
	Defs       map[string]schemaNode `json:"$defs"`
	Enum       []any                 `json:"enum"`
	MaxItems   int                   `json:"maxItems"`
	OneOf      []schemaNode          `json:"oneOf"`
	Additional any                   `json:"additionalProperties"`
}

// TestSchemaKnowsTheFieldsThatParseKnows keeps the two from drifting apart.
func TestSchemaKnowsTheFieldsThatParseKnows(t *testing.T) {
	t.Parallel()
	var root schemaNode
	require.NoError(t, json.Unmarshal(Schema(), &root))
	for name, test := range map[string]struct {
		node schemaNode
		want []string
	}{
		"root":     {root, rootFields},
		"document": {root.Properties["document"], documentFields},
		"evaluate": {root.Properties["evaluate"], evaluateFields},
		"queue":    {root.Defs["queue"], queueFields},
		"step":     {root.Defs["step"], stepFields},
		"case":     {root.Defs["case"], caseFields},
		"route":    {root.Defs["route"], routeFields},
		"target":   {root.Defs["target"], targetFields},
		"call":     {root.Defs["queue-call"], queueWith},
		"http":     {root.Defs["http"], httpFields},
		"offers":   {root.Defs["offers"], offersFields},
		"retry":    {root.Defs["retry"], retryFields},
		"stop":     {root.Defs["stop"], stopFields},
		"duration": {root.Defs["duration"].OneOf[1], durationUnits},
	} {
		require.ElementsMatch(t, test.want, slices.Collect(maps.Keys(test.node.Properties)), name)
		require.Equal(t, false, test.node.Additional, name)
		require.Subset(t, test.want, test.node.Required, name)
	}
	var words []string
	for _, word := range root.Defs["step"].Properties["call"].Enum {
		words = append(words, word.(string))
	}
	require.Equal(t, calls, words)
	require.Equal(t, MaxQueues, root.Properties["queues"].MaxItems)
	require.Equal(t, MaxTargets, root.Defs["route"].Properties["targets"].MaxItems)
}
