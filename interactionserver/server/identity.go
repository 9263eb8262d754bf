package server

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/interactionserver/versions/versionspg"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/sleep"
	"github.com/switchyard/switchyard/tenants"
)

// How a server claims to be the one with its id.
const (
	claimPause   = 100 * time.Millisecond // between attempts
	watchPause   = 2 * time.Second        // between looks whether the claim stands
	watchTimeout = 5 * time.Second
)

// identity is an advisory lock on the server's id, held by a connection of its
// own: two processes are never the same server for long. It guards against
// confusion; that nothing is doubled does not rest on it.
type identity struct {
	db       *sqlx.DB
	server   tenants.ServerID
	patience time.Duration // with a predecessor that has not ended yet
	log      *slog.Logger
	conn     *sqlx.Conn // nil while the claim does not stand
}

// claim waits for a predecessor to end and fails when it does not.
func (i *identity) claim(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, i.patience)
	defer cancel()
	taken := fault.New(fault.Conflict, "server-runs-already", "another process runs as server %s", i.server)
	for attempt := 1; ; attempt++ {
		claimed, err := i.try(ctx)
		if err != nil && attempt > 1 && ctx.Err() != nil {
			return taken // patience ended within an attempt
		}
		if err != nil || claimed {
			return err
		}
		if !sleep.For(ctx, claimPause) {
			return taken
		}
	}
}

func (i *identity) try(ctx context.Context) (bool, error) {
	conn, err := i.db.Connx(ctx)
	if err != nil {
		return false, fmt.Errorf("connect to claim the server's id: %w", postgres.Classify(err))
	}
	var claimed bool
	err = conn.GetContext(ctx, &claimed, "SELECT pg_try_advisory_lock("+versionspg.ServerLock+")", string(i.server))
	if err == nil && claimed {
		i.conn = conn
		return true, nil
	}
	if closing := conn.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return false, fmt.Errorf("claim the server's id: %w", postgres.Classify(err))
	}
	return false, nil
}

// watch claims again when the connection was lost. It returns when ctx ends, or
// with an error when another process took the id meanwhile.
func (i *identity) watch(ctx context.Context) error {
	ticker := time.NewTicker(watchPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if i.conn != nil && i.stands(ctx) {
			continue
		}
		i.release()
		err := i.claim(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case fault.Is(err, fault.Conflict):
			return err
		case err != nil:
			i.log.WarnContext(ctx, "cannot claim the server's id again", "error", err)
		}
	}
}

func (i *identity) stands(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, watchTimeout)
	defer cancel()
	_, err := i.conn.ExecContext(ctx, "SELECT 1")
	return err == nil || errors.Is(err, context.Canceled)
}

// release ends the connection and with it the claim.
func (i *identity) release() {
	if i.conn == nil {
		return
	}
	// A connection that went back to the pool would keep the lock; this one ends.
	_ = i.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = i.conn.Close()
	i.conn = nil
}
