package authentication

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// SigningKey signs tokens. It is secret: store it sealed.
type SigningKey struct {
	ID      string // the kid of its tokens
	Private ed25519.PrivateKey
}

// VerificationKey verifies the tokens of the signing key with the same id.
type VerificationKey struct {
	ID     string
	Public ed25519.PublicKey
}

// NewSigningKey returns a fresh key; its id is derived from its public half.
func NewSigningKey() SigningKey {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails: crypto/rand ends the process instead
	return SigningKeyFromSeed(seed)
}

// SigningKeyFromSeed rebuilds a key from its 32 stored bytes, Private.Seed().
// It panics on any other length.
func SigningKeyFromSeed(seed []byte) SigningKey {
	private := ed25519.NewKeyFromSeed(seed)
	digest := sha256.Sum256(private.Public().(ed25519.PublicKey))
	return SigningKey{ID: hex.EncodeToString(digest[:8]), Private: private}
}

// Verification returns the public half.
func (k SigningKey) Verification() VerificationKey {
	return VerificationKey{ID: k.ID, Public: k.Private.Public().(ed25519.PublicKey)}
}
