package versionspg

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
)

// unusedFor is how long a package is kept that is not active anywhere: a
// deployment may have published it and not moved yet. The control plane has it
// still, and publishes it again for a roll-back.
const unusedFor = "7 days"

// unseenFor is how long a server is remembered that does not report any more; a
// running one does so each minute.
const unseenFor = "30 days"

// Publish implements versions.Group. It also mends a stored content that the disk
// has changed.
func (s *Store) Publish(ctx context.Context, hash string, content []byte) error {
	if len(content) > versions.MaxPackageSize {
		return fault.New(fault.TooLarge, "package-too-large", "a package has at most %d bytes, this one has %d", versions.MaxPackageSize, len(content))
	}
	sum := sha256.Sum256(content)
	if has := hex.EncodeToString(sum[:]); has != hash {
		return fault.New(fault.Invalid, "bad-hash", "the package's content has the hash %s, expected %s", has, hash)
	}
	_, err := s.db.ExecContext(ctx, `
		INSERT INTO packages (hash, content) VALUES ($1, $2)
		ON CONFLICT (hash) DO UPDATE SET content = excluded.content, published_at = now()`, hash, content)
	if err != nil {
		return fmt.Errorf("publish package %s: %w", hash, postgres.Classify(err))
	}
	return nil
}

// Move implements versions.Group.
func (s *Store) Move(ctx context.Context, expected int64, next versions.Version) (versions.Version, error) {
	var moved versions.Version
	err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		moved, err = move(ctx, tx, expected, next)
		return err
	})
	if err != nil {
		return versions.Version{}, fmt.Errorf("move channel %s to version %d: %w", next.Channel, next.Number, postgres.Classify(err))
	}
	return moved, nil
}

func move(ctx context.Context, tx *sqlx.Tx, expected int64, next versions.Version) (versions.Version, error) {
	// One at a time, also of a channel that has no row yet; readers go on.
	if _, err := tx.ExecContext(ctx, `LOCK TABLE active_versions IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return versions.Version{}, err
	}
	present, err := find(ctx, tx, next.Channel)
	if err != nil {
		return versions.Version{}, err
	}
	if present.Number == next.Number && present.Hash == next.Hash {
		return present, nil
	}
	if err := movable(present, expected, next); err != nil {
		return versions.Version{}, err
	}
	if err := room(ctx, tx, next); err != nil {
		return versions.Version{}, err
	}
	var row versionRow
	if err := tx.GetContext(ctx, &row, `
		INSERT INTO active_versions (channel, number, hash, name, since) VALUES ($1, $2, nullif($3, ''), $4, clock_timestamp())
		ON CONFLICT (channel) DO UPDATE SET number = excluded.number, hash = excluded.hash, name = excluded.name, since = excluded.since
		RETURNING channel, number, hash, name, since`, next.Channel, next.Number, next.Hash, next.Name); err != nil {
		return versions.Version{}, err
	}
	return row.version(), sweep(ctx, tx)
}

// sweep forgets packages that nobody needs and servers that were taken away.
func sweep(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM packages p WHERE published_at < now() - $1::interval
			AND NOT EXISTS (SELECT FROM active_versions a WHERE a.hash = p.hash)`, unusedFor); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM servers s WHERE seen_at < now() - $1::interval AND NOT `+live, unseenFor)
	return err
}

func find(ctx context.Context, tx *sqlx.Tx, channel string) (versions.Version, error) {
	var row versionRow
	err := tx.GetContext(ctx, &row, `SELECT channel, number, hash, name, since FROM active_versions WHERE channel = $1`, channel)
	if errors.Is(err, sql.ErrNoRows) {
		return versions.Version{}, nil
	}
	return row.version(), err
}

func movable(present versions.Version, expected int64, next versions.Version) error {
	switch {
	case next.Number <= present.Number:
		return fault.New(fault.Conflict, "older-version",
			"version %d of channel %s is active already; expected a higher number than that, not %d", present.Number, next.Channel, next.Number)
	case present.Number != expected:
		return fault.New(fault.Conflict, "version-moved",
			"version %d of channel %s is active, expected %d", present.Number, next.Channel, expected)
	default:
		return nil
	}
}

// room makes sure of the package and of the number of channels.
func room(ctx context.Context, tx *sqlx.Tx, next versions.Version) error {
	var found struct {
		Published bool `db:"published"`
		Others    int  `db:"others"`
	}
	if err := tx.GetContext(ctx, &found, `
		SELECT $1 = '' OR EXISTS (SELECT FROM packages WHERE hash = $1) AS published,
			(SELECT count(*) FROM active_versions WHERE channel <> $2) AS others`, next.Hash, next.Channel); err != nil {
		return err
	}
	if !found.Published {
		return fault.New(fault.Conflict, "package-missing", "package %s was not published to the group", next.Hash)
	}
	if found.Others >= versions.MaxChannels {
		return fault.New(fault.Conflict, "too-many-channels", "a server group serves at most %d channels", versions.MaxChannels)
	}
	return nil
}
