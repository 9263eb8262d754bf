package authentication

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"

	"github.com/switchyard/switchyard/internal/fault"
)

// The cost of a password, as OWASP's password storage cheat sheet has it for
// argon2id: 19 MiB, two passes, one lane.
const (
	passwordMemory = 19 * 1024 // KiB
	passwordTime   = 2
	passwordLanes  = 1
	passwordSalt   = 16
	passwordHash   = 32

	// MaxPasswordLength bounds a password in bytes; longer ones are refused.
	MaxPasswordLength = 1024
)

// Hashing is bounded: each takes memory, so a flood of logins waits here and is
// refused when the line is long.
const (
	hashingAtOnce = 2
	hashingInLine = 32
)

var (
	hashing = make(chan struct{}, hashingAtOnce)
	inLine  = make(chan struct{}, hashingInLine)
)

// HashPassword returns the PHC string of the password, with a fresh salt.
func HashPassword(ctx context.Context, password string) (string, error) {
	if len(password) > MaxPasswordLength {
		return "", fault.New(fault.Invalid, "password-too-long", "a password has at most %d bytes", MaxPasswordLength)
	}
	p := phc{memory: passwordMemory, time: passwordTime, lanes: passwordLanes, salt: make([]byte, passwordSalt)}
	_, _ = rand.Read(p.salt) // never fails: crypto/rand ends the process instead
	hash, err := p.derive(ctx, password, passwordHash)
	if err != nil {
		return "", err
	}
	p.hash = hash
	return p.String(), nil
}

// VerifyPassword reports whether the password is the one that was hashed. An
// error says that it could not be told: the line is too long, the hash is broken.
func VerifyPassword(ctx context.Context, hashed, password string) (bool, error) {
	p, err := parsePHC(hashed)
	if err != nil {
		return false, err
	}
	if len(password) > MaxPasswordLength {
		password = password[:MaxPasswordLength+1] // no match, at the usual cost
	}
	hash, err := p.derive(ctx, password, len(p.hash))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(hash, p.hash) == 1, nil
}

// VerifyNothing costs what VerifyPassword costs, for accounts that do not exist,
// so that time does not tell which do.
func VerifyNothing(ctx context.Context, password string) error {
	_, err := VerifyPassword(ctx, nobody(), password)
	return err
}

// nobody is a hash that no password has.
var nobody = sync.OnceValue(func() string {
	p := phc{memory: passwordMemory, time: passwordTime, lanes: passwordLanes, salt: make([]byte, passwordSalt), hash: make([]byte, passwordHash)}
	_, _ = rand.Read(p.salt)
	_, _ = rand.Read(p.hash)
	return p.String()
})

// phc is a password hash with its parameters, in the PHC string format:
// $argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>.
type phc struct {
	memory, time uint32
	lanes        uint8
	salt, hash   []byte
}

func (p phc) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.lanes, encode(p.salt), encode(p.hash))
}

// derive hashes the password once it is its turn.
func (p phc) derive(ctx context.Context, password string, length int) ([]byte, error) {
	select {
	case inLine <- struct{}{}:
		defer func() { <-inLine }()
	default:
		return nil, fault.New(fault.Unavailable, "too-many-logins", "too many logins at once; try again")
	}
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "too-many-logins", "too many logins at once; try again").Because(ctx.Err())
	}
	return argon2.IDKey([]byte(password), p.salt, p.time, p.memory, p.lanes, uint32(length)), nil
}

var errBrokenHash = errors.New("broken password hash")

// parsePHC reads a stored hash. Its bounds keep a tampered row from costing
// memory and time at will.
func parsePHC(text string) (phc, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errBrokenHash
	}
	var p phc
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.lanes); err != nil || n != 3 {
		return phc{}, errBrokenHash
	}
	if p.memory < 8 || p.memory > 256*1024 || p.time < 1 || p.time > 16 || p.lanes < 1 || p.lanes > 16 {
		return phc{}, errBrokenHash
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(p.salt) < 8 || len(p.salt) > 64 {
		return phc{}, errBrokenHash
	}
	if p.hash, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(p.hash) < 16 || len(p.hash) > 64 {
		return phc{}, errBrokenHash
	}
	return p, nil
}
