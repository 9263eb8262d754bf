package duration_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/duration"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"PT0S": 0, "PT30S": 30 * time.Second, "PT0.2S": 200 * time.Millisecond, "PT1.000000001S": time.Second + 1,
		"P1D": 24 * time.Hour, "P2W": 14 * 24 * time.Hour, "P1DT2H3M4S": 26*time.Hour + 3*time.Minute + 4*time.Second, "PT90M": 90 * time.Minute,
	} {
		got, err := duration.Parse(text)
		require.NoError(t, err)
		require.Equal(t, duration.Duration(want), got, text)
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "30", "30s", "P1Y", "P1M", "PT1.5H", "-PT1S", "PT1S ", "pt1s", "PT99999999999S", "P1000D"} {
		_, err := duration.Parse(text)
		require.Error(t, err, text)
	}
}

func TestDurationReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := duration.Duration(rapid.Int64Range(0, int64(300*24*time.Hour)).Draw(t, "duration"))
		text, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got duration.Duration
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Fatalf("%s: %v, %v", text, got, err)
		}
	})
	require.Equal(t, "-PT1S", duration.Duration(-time.Second).String())
}
