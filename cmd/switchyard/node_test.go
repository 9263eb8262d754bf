package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPortRange(t *testing.T) {
	t.Parallel()
	var r portRange
	require.NoError(t, r.UnmarshalText([]byte("7500-7599")))
	require.Equal(t, portRange{First: 7500, Last: 7599}, r)
	for _, malformed := range []string{"", "7500", "7500-", "-7500", "7599-7500", "0-10", "1-65536", "7500-7599x", "a-b"} {
		require.Error(t, r.UnmarshalText([]byte(malformed)), malformed)
	}
}
