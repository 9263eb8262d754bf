package profilespg_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/interactionserver/profiles/profilespg"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
)

func profile(key string, age int64) profiles.Profile {
	return profiles.Profile{Key: key, Attributes: map[string]any{"id": key, "age": age}}
}

func TestTable(t *testing.T) {
	t.Parallel()

	t.Run("KeepsTheLastOfAKey", func(t *testing.T) {
		t.Parallel()
		table := profilespg.New(postgrestest.Open(t, postgrestest.New(t, migration.Solution)))
		require.NoError(t, table.Load(t.Context(), "individual", []profiles.Profile{profile("b", 1), profile("a", 2), profile("b", 1<<60)}))
		require.NoError(t, table.Load(t.Context(), "individual", []profiles.Profile{profile("a", 3)}))
		require.NoError(t, table.Load(t.Context(), "individual", nil))
		read, err := table.Read(t.Context(), "individual", "", 10)
		require.NoError(t, err)
		require.Equal(t, []profiles.Profile{
			{Key: "a", Attributes: map[string]any{"id": "a", "age": json.Number("3")}},
			{Key: "b", Attributes: map[string]any{"id": "b", "age": json.Number("1152921504606846976")}},
		}, read)
	})

	t.Run("ReadsPagesOfALevelInOrder", func(t *testing.T) {
		t.Parallel()
		table := profilespg.New(postgrestest.Open(t, postgrestest.New(t, migration.Solution)))
		var all []profiles.Profile
		for i := range 25 {
			all = append(all, profile(fmt.Sprintf("c-%02d", i), int64(i)))
		}
		require.NoError(t, table.Load(t.Context(), "individual", all))
		require.NoError(t, table.Load(t.Context(), "household", []profiles.Profile{profile("h", 1)}))
		after, seen := "", 0
		for {
			read, err := table.Read(t.Context(), "individual", after, 10)
			require.NoError(t, err)
			if len(read) == 0 {
				break
			}
			for _, p := range read {
				require.Equal(t, all[seen].Key, p.Key)
				after = p.Key
				seen++
			}
		}
		require.Equal(t, 25, seen)
		count, err := table.Count(t.Context(), "individual", 100)
		require.NoError(t, err)
		require.Equal(t, 25, count)
		count, err = table.Count(t.Context(), "individual", 7)
		require.NoError(t, err)
		require.Equal(t, 7, count)
	})

	t.Run("IsLoadedByManyAtOnce", func(t *testing.T) {
		t.Parallel()
		table := profilespg.New(postgrestest.Open(t, postgrestest.New(t, migration.Solution)))
		var loaders errgroup.Group
		for i := range 4 {
			loaders.Go(func() error {
				part := make([]profiles.Profile, 200)
				for j := range part { // half of them backwards
					at := j
					if i%2 == 0 {
						at = len(part) - 1 - j
					}
					part[at] = profile(fmt.Sprint(j), int64(i))
				}
				return table.Load(t.Context(), "individual", part)
			})
		}
		require.NoError(t, loaders.Wait())
		count, err := table.Count(t.Context(), "individual", 1000)
		require.NoError(t, err)
		require.Equal(t, 200, count)
	})
}
