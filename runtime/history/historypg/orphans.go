package historypg

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// MaxOrphans bounds the responses without a contact that a group keeps. Each server
// counts them once in a while: servers together may exceed it by what they keep
// meanwhile.
const MaxOrphans = 1_000_000

// countOrphans is how often they are counted, while some come.
const countOrphans = 10 * time.Second

// orphanRoom says how many more orphans may be kept.
type orphanRoom struct {
	most int64

	mu      sync.Mutex
	counted time.Time // zero: never
	rows    int64     // counted, and kept since then
	since   int64     // kept since then
}

// left counts anew where some were kept since the last time, or there was no room:
// a group without orphans is counted once.
func (r *orphanRoom) left(ctx context.Context, db *sqlx.DB) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	stale := r.since > 0 || r.rows >= r.most
	if r.counted.IsZero() || stale && time.Since(r.counted) > countOrphans {
		if err := db.GetContext(ctx, &r.rows, `SELECT count(*) FROM (SELECT FROM orphans LIMIT $1) AS few`, r.most); err != nil {
			return 0, fmt.Errorf("count orphans: %w", err)
		}
		r.counted, r.since = time.Now(), 0
	}
	return max(0, r.most-r.rows), nil
}

func (r *orphanRoom) take(kept int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows, r.since = r.rows+kept, r.since+kept
}
