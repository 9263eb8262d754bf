package authentication

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Audiences of tokens.
const (
	// ControlPlane is the audience of the control plane.
	ControlPlane = "control-plane"
	// Reports is the audience of the pages of reports: such a token opens nothing
	// else.
	Reports = "reports"

	tokenIssuer = "switchyard"
)

// ServerGroup is the audience of all servers of one group.
func ServerGroup(id string) string { return "server-group/" + id }

// claims are what a token says.
type claims struct {
	jwt.RegisteredClaims
	Tenant string `json:"tenant"`
	Name   string `json:"name"`
}

// Issuer signs tokens with one key.
type Issuer struct {
	key SigningKey
	now func() time.Time
}

// NewIssuer returns an Issuer; a nil now is time.Now.
func NewIssuer(key SigningKey, now func() time.Time) *Issuer {
	if now == nil {
		now = time.Now
	}
	return &Issuer{key: key, now: now}
}

// Issue returns a token for the caller and audience, and when it ends (in whole
// seconds, as tokens have it).
func (i *Issuer) Issue(caller Caller, audience string, ttl time.Duration) (token string, expires time.Time, err error) {
	now := i.now()
	expires = now.Add(ttl).Truncate(time.Second)
	unsigned := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    tokenIssuer,
			Subject:   caller.Account,
			Audience:  jwt.ClaimStrings{audience},
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(expires),
			ID:        uuid.Must(uuid.NewV7()).String(),
		},
		Tenant: caller.Tenant,
		Name:   caller.Name,
	})
	unsigned.Header["kid"] = i.key.ID
	token, err = unsigned.SignedString(i.key.Private)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign token: %w", err)
	}
	return token, expires, nil
}
