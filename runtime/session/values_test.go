package session_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/runtime/session"
)

func TestValuesAreAsAMap(t *testing.T) {
	t.Parallel()
	name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"})
	value := rapid.OneOf(rapid.Just[any](nil), rapid.String().AsAny(), rapid.Bool().AsAny())
	rapid.Check(t, func(t *rapid.T) {
		declared := slices.Sorted(slices.Values(rapid.SliceOfDistinct(name, rapid.ID).Draw(t, "declared")))
		kept := slices.Clone(declared)
		of := rapid.MapOf(name, value).Draw(t, "of")
		want := maps.Clone(of)
		maps.DeleteFunc(want, func(_ string, value any) bool { return value == nil })
		got := session.NewValues(declared, of)
		for range rapid.IntRange(0, 8).Draw(t, "changes") {
			name, value := name.Draw(t, "name"), value.Draw(t, "value")
			got.Set(name, value)
			if want[name] = value; value == nil {
				delete(want, name)
			}
		}
		require.Equal(t, want, got.Map())
		require.Equal(t, len(want) == 0, got.IsZero())
		for at, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"} {
			require.Equal(t, want[name], got.Get(name))
			require.Equal(t, want[name], got.At(at, name), "whatever is at that place")
		}
		fresh := session.NewValues(declared, want)
		require.Equal(t, fresh.Bytes(), got.Bytes())
		text, err := json.Marshal(got)
		require.NoError(t, err)
		var read session.Values
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, want, read.Map())
		require.Equal(t, kept, declared, "shared names never change")
	})
}
