package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/postgres"
)

func TestNullable(t *testing.T) {
	t.Parallel()
	require.Nil(t, postgres.Nullable(""))
	require.Nil(t, postgres.Nullable(time.Time{}.UTC()), "the zero time in any form that stores hand over")
	require.Equal(t, "web", *postgres.Nullable("web"))
}
