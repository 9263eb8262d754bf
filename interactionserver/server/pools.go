package server

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/sleep"
)

// The server's share of its database's connections, which is twelve: each part of it
// has its own, so that none starves another.
const (
	interactionConnections = 6 // and one more that holds the server's identity
	historyConnections     = 2 // as many as the recorder has transactions under way
	runtimeConnections     = 3 // loading customers, limits, learning, delayed actions
)

// pools are the connections of a server to its database.
type pools struct {
	interactions, history, runtime *sqlx.DB
}

// openPools waits for the database.
func (m *Main) openPools(ctx context.Context) (p pools, err error) {
	for _, pool := range []struct {
		db   **sqlx.DB
		most int
	}{
		{&p.interactions, interactionConnections + 1},
		{&p.history, historyConnections},
		{&p.runtime, runtimeConnections},
	} {
		if *pool.db, err = m.openPool(ctx, pool.most); err != nil {
			return pools{}, errors.Join(err, p.close())
		}
	}
	return p, nil
}

func (p pools) close() error {
	var all []error
	for _, db := range []*sqlx.DB{p.runtime, p.history, p.interactions} {
		if db != nil {
			all = append(all, db.Close())
		}
	}
	return errors.Join(all...)
}

func (m *Main) openPool(ctx context.Context, most int) (*sqlx.DB, error) {
	told := false
	for {
		db, err := serverpg.Open(ctx, m.o.Launch.DatabaseURL, postgres.Options{
			MaxOpen:          most,
			Name:             "switchyard " + m.o.Launch.Server.Name,
			StatementTimeout: statementTimeout,
		})
		switch {
		case err == nil:
			return db, nil
		case !fault.Is(err, fault.Unavailable):
			return nil, err
		}
		if !told {
			m.o.Log.WarnContext(ctx, "waiting for the database", "error", err)
			told = true
		}
		if !sleep.For(ctx, databasePause) {
			return nil, ctx.Err()
		}
	}
}
