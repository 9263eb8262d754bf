package rest

import (
	"context"
	"time"
)

// IdempotencyKey names one request that a client may send again.
type IdempotencyKey struct {
	Tenant    string // the caller's tenant id
	Account   string // the caller's account id
	Operation string // Operation.ID
	Key       string // as sent: 1 to 128 visible ASCII characters
}

// Answer is a stored answer. It holds no secret.
type Answer struct {
	Status int
	// Header has Content-Type, ETag and Location as far as they were sent.
	Header map[string]string
	Body   []byte
}

// Reservation times.
const (
	// ReservationTime is how long a key stays reserved by a request that never
	// came to its end, because its server died: a retry after it runs again.
	ReservationTime = time.Minute
	// AnswerTime is how long an answer is to be kept.
	AnswerTime = 24 * time.Hour
)

// IdempotencyStore keeps which requests were answered, and how.
type IdempotencyStore interface {
	// Reserve takes the key for a request with that fingerprint (32 bytes): it
	// returns nil, nil when the caller is to go on and then Answer or Release.
	// A key that was answered for the same fingerprint returns its answer. A key
	// taken for another fingerprint is fault Conflict with type
	// KeyReused, and one whose first request still runs (reserved for less than
	// ReservationTime) fault Conflict with type RequestInProgress.
	Reserve(ctx context.Context, key IdempotencyKey, fingerprint []byte) (*Answer, error)
	// Answer stores the answer under a reserved key, for AnswerTime.
	Answer(ctx context.Context, key IdempotencyKey, answer Answer) error
	// Release gives up a reserved key, so that the same request runs again.
	Release(ctx context.Context, key IdempotencyKey) error
}

// Types of the conflicts of an IdempotencyStore.
const (
	KeyReused         = "idempotency-key-reused"
	RequestInProgress = "request-in-progress"
)
