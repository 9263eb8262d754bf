package schedulepg

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/schedule"
)

var (
	_ schedule.Writer   = (*Store)(nil)
	_ schedule.Queue    = (*Store)(nil)
	_ schedule.Overseer = (*Store)(nil)
)

// Options tune a Store. The zero value is right.
type Options struct {
	// Claim is how long a claim lasts; 0 is 60 s.
	Claim time.Duration
	// Inheritance is how long an action that is due is left to the server that wrote
	// it; 0 is 5 s.
	Inheritance time.Duration
	// Taken is how long an action that its writer does at once is left to it; 0 is
	// 5 s, longer than a call takes.
	Taken time.Duration
	// Most bounds the actions of the group, the dead among them; 0 is 1,000,000. It
	// is looked at once in a while: for a moment it may be exceeded.
	Most int64
	// Buried is how long the dead are kept; 0 is 30 days.
	Buried time.Duration
	// Logger hears of actions that cannot be read; nil is the default logger.
	Logger *slog.Logger
}

func (o Options) complete() Options {
	set(&o.Claim, time.Minute)
	set(&o.Inheritance, 5*time.Second)
	set(&o.Taken, 5*time.Second)
	set(&o.Most, 1_000_000)
	set(&o.Buried, 30*24*time.Hour)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func set[T int64 | time.Duration](value *T, standing T) {
	if *value <= 0 {
		*value = standing
	}
}

// Store implements schedule.Writer, schedule.Queue and schedule.Overseer.
type Store struct {
	db     *sqlx.DB
	server string
	o      Options

	mu      sync.Mutex
	counted time.Time
	waiting int64
}

// New returns a store over the group's database for the server of that name; the
// pool is lent.
func New(db *sqlx.DB, server string, o Options) *Store {
	return &Store{db: db, server: server, o: o.complete()}
}

// countEvery is how often the actions of the group are counted.
const countEvery = 10 * time.Second

// room refuses actions where the group has too many.
func (s *Store) room(ctx context.Context, more int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.counted) > countEvery {
		if err := s.count(ctx); err != nil {
			return err
		}
	}
	if s.waiting+int64(more) > s.o.Most {
		return fault.New(fault.TooMany, "too-many-delayed-actions", "%d delayed actions of the group wait, at most %d are kept", s.waiting, s.o.Most)
	}
	s.waiting += int64(more)
	return nil
}

// count counts the actions of the group and drops those that died long ago.
func (s *Store) count(ctx context.Context) error {
	if _, err := s.dropDead(ctx); err != nil {
		return err
	}
	if err := s.db.GetContext(ctx, &s.waiting, `SELECT count(*) FROM (SELECT FROM delayed_actions LIMIT $1) AS few`, s.o.Most); err != nil {
		return fmt.Errorf("count delayed actions: %w", postgres.Classify(err))
	}
	s.counted = time.Now()
	return nil
}
