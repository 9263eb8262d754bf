package idempotency

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
)

// Store implements rest.IdempotencyStore.
type Store struct{ db *controldb.DB }

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }

var _ rest.IdempotencyStore = (*Store)(nil)

// reserve takes a key that is free, whose reservation has run out, or whose
// answer is too old to be kept.
const reserve = `INSERT INTO idempotency_keys AS k (tenant_id, account_id, operation, key, fingerprint, reserved_at)
	VALUES ($1, $2, $3, $4, $5, now())
	ON CONFLICT (tenant_id, account_id, operation, key) DO UPDATE
	SET fingerprint = excluded.fingerprint, reserved_at = now(), status = NULL, header = NULL, body = NULL
	WHERE k.reserved_at < now() - make_interval(secs => CASE WHEN k.status IS NULL THEN $6::float8 ELSE $7::float8 END)`

const find = `SELECT fingerprint, status, header, body FROM idempotency_keys
	WHERE tenant_id = $1 AND account_id = $2 AND operation = $3 AND key = $4`

// Reserve takes a key, or returns the answer that was given under it.
func (s *Store) Reserve(ctx context.Context, key rest.IdempotencyKey, fingerprint []byte) (*rest.Answer, error) {
	var answer *rest.Answer
	err := s.db.View(ctx, key.Tenant, func(ctx context.Context, tx *sqlx.Tx) error {
		taken, err := controldb.Exec(ctx, tx, reserve, key.Tenant, key.Account, key.Operation, key.Key, fingerprint,
			rest.ReservationTime.Seconds(), rest.AnswerTime.Seconds())
		if err != nil || taken > 0 {
			return err
		}
		answer, err = given(ctx, tx, key, fingerprint)
		return err
	})
	return answer, err
}

// given is the answer of a key that somebody else has taken.
func given(ctx context.Context, tx *sqlx.Tx, key rest.IdempotencyKey, fingerprint []byte) (*rest.Answer, error) {
	type row struct {
		Fingerprint []byte
		Status      *int
		Header      []byte
		Body        []byte
	}
	inProgress := fault.New(fault.Conflict, rest.RequestInProgress, "the first request with this idempotency key has not ended")
	kept, err := controldb.One[row](ctx, tx, inProgress, find, key.Tenant, key.Account, key.Operation, key.Key)
	switch {
	case err != nil: // released in this very moment, or a failure
		return nil, err
	case !bytes.Equal(kept.Fingerprint, fingerprint):
		return nil, fault.New(fault.Conflict, rest.KeyReused, "the idempotency key was used for another request")
	case kept.Status == nil:
		return nil, inProgress
	}
	answer := &rest.Answer{Status: *kept.Status, Body: kept.Body}
	if err := json.Unmarshal(kept.Header, &answer.Header); err != nil {
		return nil, fmt.Errorf("header of a kept answer: %w", err)
	}
	return answer, nil
}

// Answer keeps the answer of a reserved key.
func (s *Store) Answer(ctx context.Context, key rest.IdempotencyKey, answer rest.Answer) error {
	header, err := json.Marshal(answer.Header)
	if err != nil {
		return fmt.Errorf("header of an answer: %w", err)
	}
	const keep = `UPDATE idempotency_keys SET status = $5, header = $6, body = $7
		WHERE tenant_id = $1 AND account_id = $2 AND operation = $3 AND key = $4`
	return s.change(ctx, key, keep, answer.Status, string(header), answer.Body)
}

// Release gives up a reserved key.
func (s *Store) Release(ctx context.Context, key rest.IdempotencyKey) error {
	const release = `DELETE FROM idempotency_keys
		WHERE tenant_id = $1 AND account_id = $2 AND operation = $3 AND key = $4 AND status IS NULL`
	return s.change(ctx, key, release)
}

func (s *Store) change(ctx context.Context, key rest.IdempotencyKey, statement string, args ...any) error {
	return s.db.View(ctx, key.Tenant, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := controldb.Exec(ctx, tx, statement, append([]any{key.Tenant, key.Account, key.Operation, key.Key}, args...)...)
		return err
	})
}

// Tidy deletes the keys whose time is over and returns how many.
func (s *Store) Tidy(ctx context.Context) (deleted int64, err error) {
	err = s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		const expired = `DELETE FROM idempotency_keys WHERE reserved_at < now() - make_interval(secs => $1::float8)`
		deleted, err = controldb.Exec(ctx, tx, expired, rest.AnswerTime.Seconds())
		return err
	})
	return deleted, err
}
