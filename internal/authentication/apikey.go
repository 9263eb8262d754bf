package authentication

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/switchyard/switchyard/internal/fault"
)

// APIKey is a machine's long-lived credential: "swk_<32 hex id>_<64 hex secret>".
type APIKey struct {
	// ID names the key; it is not secret.
	ID string
	// Text is the whole credential. It is shown once and never stored.
	Text string
	// Hash is the SHA-256 of the 32 secret bytes, which is what is stored. The
	// secret is random, so that a plain hash is as good as a slow one.
	Hash []byte
}

const (
	apiKeyPrefix      = "swk_"
	apiKeyIDLength    = 32
	apiKeySecretBytes = 32
	apiKeyLength      = len(apiKeyPrefix) + apiKeyIDLength + 1 + 2*apiKeySecretBytes
)

// NewAPIKey returns a fresh key.
func NewAPIKey() APIKey {
	id, secret := make([]byte, apiKeyIDLength/2), make([]byte, apiKeySecretBytes)
	_, _ = rand.Read(id) // never fails: crypto/rand ends the process instead
	_, _ = rand.Read(secret)
	hash := sha256.Sum256(secret)
	name := hex.EncodeToString(id)
	return APIKey{ID: name, Text: apiKeyPrefix + name + "_" + hex.EncodeToString(secret), Hash: hash[:]}
}

// LooksLikeAPIKey tells a bearer token that is to be an API key from a JWT.
func LooksLikeAPIKey(bearer string) bool { return strings.HasPrefix(bearer, apiKeyPrefix) }

// ParseAPIKey reads a key's text. What is malformed is fault Unauthenticated.
func ParseAPIKey(text string) (APIKey, error) {
	if len(text) != apiKeyLength || !LooksLikeAPIKey(text) {
		return APIKey{}, malformedAPIKey()
	}
	id, secretHex := text[len(apiKeyPrefix):len(apiKeyPrefix)+apiKeyIDLength], text[apiKeyLength-2*apiKeySecretBytes:]
	if text[len(apiKeyPrefix)+apiKeyIDLength] != '_' || !isLowerHex(id) || !isLowerHex(secretHex) {
		return APIKey{}, malformedAPIKey()
	}
	var secret [apiKeySecretBytes]byte
	if _, err := hex.Decode(secret[:], []byte(secretHex)); err != nil {
		return APIKey{}, malformedAPIKey()
	}
	hash := sha256.Sum256(secret[:])
	return APIKey{ID: id, Text: text, Hash: hash[:]}, nil
}

func malformedAPIKey() error {
	return fault.New(fault.Unauthenticated, "invalid-credentials", "the credentials are not valid")
}

// Matches compares the key with a stored hash in constant time.
func (k APIKey) Matches(hash []byte) bool {
	return len(k.Hash) == sha256.Size && subtle.ConstantTimeCompare(k.Hash, hash) == 1
}

func isLowerHex(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
