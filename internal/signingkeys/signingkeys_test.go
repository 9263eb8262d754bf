package signingkeys_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/internal/signingkeys"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	pool := postgrestest.Open(t, postgrestest.New(t, migration.Control))
	box, err := secret.NewBox(secret.NewKey())
	require.NoError(t, err)

	var wait sync.WaitGroup
	loaded := make([][]authentication.SigningKey, 4)
	for i := range loaded {
		wait.Go(func() {
			keys, err := signingkeys.Load(t.Context(), controldb.New(pool), box)
			if err != nil {
				t.Error(err)
			}
			loaded[i] = keys
		})
	}
	wait.Wait()
	for _, keys := range loaded {
		require.Len(t, keys, 1, "of several at once, one makes the first key")
		require.Equal(t, loaded[0], keys)
	}

	other, err := secret.NewBox(secret.NewKey())
	require.NoError(t, err)
	_, err = signingkeys.Load(t.Context(), controldb.New(pool), other)
	require.ErrorContains(t, err, "encryption key", "another encryption key makes no new signing key")
}
