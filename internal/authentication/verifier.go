package authentication

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/switchyard/switchyard/internal/fault"
)

const (
	// maxTokenLength bounds what is parsed at all; issued tokens have about 500 bytes.
	maxTokenLength = 4096
	// maxVerified bounds the cache of verified tokens: about 100 kB.
	maxVerified = 512
	// clockLeeway is how far two hosts' clocks may be apart.
	clockLeeway = 5 * time.Second
)

// Verifier checks tokens offline, for one audience. It is safe for concurrent
// use. Until keys are set it refuses every token.
type Verifier struct {
	parser *jwt.Parser
	now    func() time.Time

	mu       sync.RWMutex
	keys     *keySet
	verified map[[sha256.Size]byte]verifiedToken
}

// keySet is immutable once it is in use; its address tells one set from the next.
type keySet struct{ public map[string]ed25519.PublicKey }

type verifiedToken struct {
	caller  Caller
	expires time.Time
}

// NewVerifier returns a Verifier for the audience; a nil now is time.Now.
func NewVerifier(audience string, now func() time.Time) *Verifier {
	if now == nil {
		now = time.Now
	}
	return &Verifier{
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
			jwt.WithIssuer(tokenIssuer),
			jwt.WithAudience(audience),
			jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(),
			jwt.WithLeeway(clockLeeway),
			jwt.WithTimeFunc(now),
			jwt.WithStrictDecoding(),
		),
		now:  now,
		keys: &keySet{},
	}
}

// SetKeys replaces the keys at once; tokens of keys that are gone are refused
// from then on.
func (v *Verifier) SetKeys(keys []VerificationKey) error {
	next := make(map[string]ed25519.PublicKey, len(keys))
	for _, key := range keys {
		if key.ID == "" || len(key.Public) != ed25519.PublicKeySize {
			return fmt.Errorf("verification key %q: want an id and %d bytes, have %d", key.ID, ed25519.PublicKeySize, len(key.Public))
		}
		next[key.ID] = key.Public
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keys = &keySet{public: next}
	v.verified = nil
	return nil
}

// Verify returns the token's caller, or a fault Unauthenticated.
func (v *Verifier) Verify(token string) (Caller, error) {
	if len(token) > maxTokenLength {
		return Caller{}, refuse(errors.New("token too long"))
	}
	digest := sha256.Sum256([]byte(token))
	if caller, ok := v.remembered(digest); ok {
		return caller, nil
	}

	v.mu.RLock()
	keys := v.keys
	v.mu.RUnlock()
	var said claims
	_, err := v.parser.ParseWithClaims(token, &said, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		key, ok := keys.public[id]
		if !ok {
			return nil, errors.New("unknown key id")
		}
		return key, nil
	})
	if err != nil {
		return Caller{}, refuse(err)
	}
	if said.Subject == "" || said.Tenant == "" {
		return Caller{}, refuse(errors.New("token without subject or tenant"))
	}
	caller := Caller{Account: said.Subject, Tenant: said.Tenant, Name: said.Name}
	v.remember(digest, keys, verifiedToken{caller: caller, expires: said.ExpiresAt.Time})
	return caller, nil
}

func (v *Verifier) remembered(digest [sha256.Size]byte) (Caller, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	known, ok := v.verified[digest]
	if !ok || !v.now().Before(known.expires) {
		return Caller{}, false
	}
	return known.caller, true
}

// remember keeps a token that keys verified, unless they were replaced since.
func (v *Verifier) remember(digest [sha256.Size]byte, keys *keySet, token verifiedToken) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys != keys {
		return
	}
	if v.verified == nil {
		v.verified = make(map[[sha256.Size]byte]verifiedToken)
	}
	if len(v.verified) >= maxVerified {
		v.makeRoom()
	}
	v.verified[digest] = token
}

// makeRoom drops what has expired, and others until a quarter is free, so that it
// is seldom called.
func (v *Verifier) makeRoom() {
	now := v.now()
	for digest, token := range v.verified {
		if !now.Before(token.expires) {
			delete(v.verified, digest)
		}
	}
	for digest := range v.verified {
		if len(v.verified) <= maxVerified*3/4 {
			return
		}
		delete(v.verified, digest)
	}
}

// refuse hides why: a caller learns only that the credentials do not do.
func refuse(cause error) error {
	return fault.New(fault.Unauthenticated, "invalid-credentials", "the credentials are not valid").Because(cause)
}
