// Package signingkeys keeps the platform's Ed25519 keys, which sign tokens, in
// the control database, sealed.
package signingkeys

import (
	"context"
	"crypto/ed25519"

	"github.com/jmoiron/sqlx"
)

// Key is a key pair.
type Key struct {
	ID      string // kid of tokens
	Private ed25519.PrivateKey
}

// Sealer encrypts what is stored; secret.Box is one.
type Sealer interface {
	Seal(plain, associated []byte) ([]byte, error)
	Open(sealed, associated []byte) ([]byte, error)
}

// Load returns all keys, newest first: it signs, the others still verify. The
// first call ever makes the first key.
func Load(ctx context.Context, db *sqlx.DB, sealer Sealer) ([]Key, error) { panic("skeleton") }
