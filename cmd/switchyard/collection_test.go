package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCollectionGivesRoomToThoseWhoNeedIt(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for _, test := range []struct {
		name            string
		perSecond, live float64
		want            int
	}{
		{"Idle", 10_000, 10 * mib, collectionPercent},
		{"NothingAtAll", 0, 0, collectionPercent},
		{"SomewhatBusy", 10 * mib, 10 * mib, 800},
		{"Busy", 500 * mib, 16 * mib, 1600},
		{"BusyWithMuchThatIsLive", 500 * mib, 1024 * mib, collectionPercent},
		{"BusyWithNothingLive", 500 * mib, 1, mostPercent},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, percentFor(test.perSecond, test.live))
		})
	}
}
