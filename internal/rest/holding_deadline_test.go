package rest

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// deadlines notes which are set.
type deadlines struct {
	net.Conn
	set, writes []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error  { d.set = append(d.set, t); return nil }
func (d *deadlines) SetWriteDeadline(t time.Time) error { d.writes = append(d.writes, t); return nil }
func (d *deadlines) Read([]byte) (int, error)           { return 1, nil }

func TestDeadlinesOfReads(t *testing.T) {
	t.Parallel()
	below := &deadlines{}
	c := &holdingConn{Conn: below, holding: &holding{most: 1}, left: func() {}}
	read := func(by time.Time) []time.Time {
		t.Helper()
		require.NoError(t, c.SetReadDeadline(by))
		before := len(below.set)
		_, err := c.Read(nil)
		require.NoError(t, err)
		return below.set[before:]
	}
	idle := time.Now().Add(time.Hour)
	require.Empty(t, read(time.Time{}), "there is none")
	require.Equal(t, []time.Time{idle}, read(idle))
	require.Empty(t, read(idle.Add(early-1)), "about the same")
	require.Equal(t, []time.Time{idle.Add(early)}, read(idle.Add(early)))
	require.Equal(t, []time.Time{idle}, read(idle), "none is late")
	require.NoError(t, c.SetReadDeadline(idle.Add(-time.Minute)))
	require.Empty(t, read(idle), "nothing was read meanwhile")
	require.NoError(t, c.SetDeadline(time.Time{}))
	_, err := c.Read(nil)
	require.NoError(t, err)
	require.True(t, below.set[len(below.set)-1].IsZero(), "there is none any more")
}

func TestDeadlinesOfWrites(t *testing.T) {
	t.Parallel()
	below := &deadlines{}
	c := &holdingConn{Conn: below}
	at := time.Now().Add(time.Hour)
	for _, by := range []time.Time{{}, at, at.Add(early - 1), at.Add(early), at, {}} {
		require.NoError(t, c.SetWriteDeadline(by))
	}
	require.Equal(t, []time.Time{at, at.Add(early), at, {}}, below.writes)
}
