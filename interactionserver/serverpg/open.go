package serverpg

import (
	"context"
	"errors"
	"net/url"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/postgres"
)

// planning are the session settings that the statements of this package want.
// Each of them finds a few rows by an index, whatever its arguments, so that one
// plan, kept with the prepared statement, is right for all. PostgreSQL would make
// it when the database of a new group is empty: it then prefers to scan whole
// tables, and goes on to do so when they have grown, until the next ANALYZE. It
// would also plan statements that take arrays anew each time, which costs more
// than to run them. Compiling such small plans never pays.
var planning = map[string]string{
	"plan_cache_mode":  "force_generic_plan",
	"enable_seqscan":   "off",
	"enable_hashjoin":  "off",
	"enable_mergejoin": "off",
	"enable_material":  "off",
	"jit":              "off",
}

// Open is postgres.Open for a pool that a Store works on.
func Open(ctx context.Context, databaseURL string, o postgres.Options) (*sqlx.DB, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return nil, errors.New("malformed database URL") // err would show the password
	}
	query := u.Query()
	for name, value := range planning {
		if !query.Has(name) {
			query.Set(name, value)
		}
	}
	u.RawQuery = query.Encode()
	return postgres.Open(ctx, u.String(), o)
}
