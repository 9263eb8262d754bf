package jsonappend_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/jsonappend"
)

func TestItWritesWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z<>&"\\\x00-\x20\x{2028}\x{7f}-\x{90}]*`), rapid.Just("\xff\xc0a"))
	number := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1000, 1000), rapid.SampledFrom([]float64{0, 1e-6, 9.9e-7, 1e21, 1e20, -1e-9, 5e-324, 100}))
	value := rapid.OneOf(
		text.AsAny(), number.AsAny(), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Int().AsAny(), rapid.Just[any](nil),
		rapid.SliceOf(rapid.String()).AsAny(), rapid.Just[any](time.Date(2026, 3, 2, 1, 0, 0, 5, time.UTC)),
		rapid.MapOf(rapid.String(), rapid.Int().AsAny()).AsAny(),
	)
	object := rapid.OneOf(rapid.MapOf(text, value), rapid.Just[map[string]any](nil), rapid.MapOfN(text, value, 17, 30))
	rapid.Check(t, func(t *rapid.T) {
		fields := object.Draw(t, "fields")
		want, err := json.Marshal(fields)
		require.NoError(t, err)
		got, err := jsonappend.Object([]byte("before"), fields)
		require.NoError(t, err)
		require.Equal(t, "before"+string(want), string(got))
	})
	for _, number := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := jsonappend.Object(nil, map[string]any{"n": number})
		require.Error(t, err)
	}
	_, err := jsonappend.Value(nil, func() {})
	require.Error(t, err)
}
