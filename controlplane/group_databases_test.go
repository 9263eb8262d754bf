package controlplane

import (
	"fmt"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// unconnected is a pool that nobody has used yet.
func unconnected(t *testing.T) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("postgres", "postgres://nobody@"+nowhere+"/x?sslmode=disable")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func isClosed(t *testing.T, db *sqlx.DB) bool {
	t.Helper()
	err := db.PingContext(t.Context())
	require.Error(t, err)
	return err.Error() == "sql: database is closed"
}

func TestGroupDatabases(t *testing.T) {
	t.Parallel()

	// full has as many pools as there may be, each in use.
	full := func(t *testing.T) (g *groupDatabases, pools []*groupPool) {
		t.Helper()
		g = newGroupDatabases("", nil)
		for i := range maxGroupDatabases {
			pool, err := g.keep(tenants.ServerGroupID(fmt.Sprint(i)), unconnected(t))
			require.NoError(t, err)
			pools = append(pools, pool)
		}
		return g, pools
	}

	t.Run("LendsNoMoreThanItsBound", func(t *testing.T) {
		t.Parallel()
		g, _ := full(t)
		_, err := g.keep("another", unconnected(t))
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	})

	t.Run("ClosesTheLongestUnusedToMakeRoom", func(t *testing.T) {
		t.Parallel()
		g, pools := full(t)
		g.giveBack(pools[7])
		g.giveBack(pools[3])
		_, err := g.keep("another", unconnected(t))
		require.NoError(t, err)
		require.True(t, isClosed(t, pools[7].db))
		require.False(t, isClosed(t, pools[3].db))
		found, err := g.find("7")
		require.NoError(t, err)
		require.Nil(t, found)
	})

	t.Run("HasOnePoolForAGroupThatTwoOpenAtOnce", func(t *testing.T) {
		t.Parallel()
		g := newGroupDatabases("", nil)
		first, err := g.keep("group", unconnected(t))
		require.NoError(t, err)
		late := unconnected(t)
		second, err := g.keep("group", late)
		require.NoError(t, err)
		require.Same(t, first, second)
		require.True(t, isClosed(t, late))
	})

	t.Run("ClosesWhatIsInUseWhenItIsGivenBack", func(t *testing.T) {
		t.Parallel()
		g, pools := full(t)
		g.giveBack(pools[1])
		g.close()
		require.True(t, isClosed(t, pools[1].db))
		require.False(t, isClosed(t, pools[2].db))
		g.giveBack(pools[2])
		require.True(t, isClosed(t, pools[2].db))
		_, err := g.find("3")
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	})
}
