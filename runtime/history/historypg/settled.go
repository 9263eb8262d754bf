package historypg

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/fault"
)

const (
	// patience is how long writers that are under way are waited for.
	patience = 250 * time.Millisecond
	// lookAgain is how often it is looked whether they still are.
	lookAgain = 2 * time.Millisecond
)

// underWay are the transactions that hold the history's lock.
var underWay = fmt.Sprintf(`SELECT virtualtransaction FROM pg_locks
	WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND classid = %d AND objid = %d AND objsubid = 1 AND granted`, uint64(historyLock)>>32, uint64(historyLock)&0xffffffff)

// settled returns a number of the sequence up to which all rows are there that will
// ever be: the last one that was drawn, once those are through who may have drawn
// one by then. Whoever begins after the look at the sequence draws a greater one.
// Nobody is held up. It is a fault.Unavailable where it takes too long.
func settled(ctx context.Context, db handle) (bound int64, err error) {
	if err := db.GetContext(ctx, &bound, `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM history_sequence`); err != nil {
		return 0, fmt.Errorf("read the last number: %w", err)
	}
	return bound, waitForWriters(ctx, db)
}

// waitForWriters waits until all are through that write at this moment.
func waitForWriters(ctx context.Context, db handle) error {
	var writers []string
	if err := db.SelectContext(ctx, &writers, underWay); err != nil {
		return fmt.Errorf("look for writers: %w", err)
	}
	pause := time.NewTicker(lookAgain)
	defer pause.Stop()
	for until := time.Now().Add(patience); len(writers) > 0; {
		if time.Now().After(until) {
			return fault.New(fault.Unavailable, "history-slow", "a writer of the history does not come to its end; try again")
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-pause.C:
		}
		if err := db.SelectContext(ctx, &writers, underWay+` AND virtualtransaction = ANY ($1)`, pq.Array(writers)); err != nil {
			return fmt.Errorf("wait for writers: %w", err)
		}
	}
	return nil
}
