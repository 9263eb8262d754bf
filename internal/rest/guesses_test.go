package rest

import (
	"hash/maphash"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAddressKey(t *testing.T) {
	t.Parallel()
	key := func(text string) string { return addressKey(net.ParseIP(text)) }
	require.Equal(t, "192.0.2.7", key("192.0.2.7"))
	require.Equal(t, key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"), "one host has very many of version 6")
	require.NotEqual(t, key("2001:db8:1:2::1"), key("2001:db8:1:3::1"))
	require.Empty(t, addressKey(nil))
}

func TestRecentIsBounded(t *testing.T) {
	t.Parallel()
	known := recent{seed: maphash.MakeSeed()}
	known.add("first")
	require.True(t, known.has("first"))
	for i := range maxRecent {
		known.add(strconv.Itoa(i))
	}
	require.True(t, known.has("first"), "of the half before")
	for i := range 3 * maxRecent {
		known.add("more" + strconv.Itoa(i))
		require.LessOrEqual(t, len(known.now)+len(known.last), 2*maxRecent)
	}
	require.False(t, known.has("first"))
	known.add("second")
	known.drop("second")
	require.False(t, known.has("second"))
	known.add("third")
	known.since = time.Now().Add(-recentFor)
	require.True(t, known.has("third"))
	known.since = time.Now().Add(-recentFor)
	require.False(t, known.has("third"))
}
