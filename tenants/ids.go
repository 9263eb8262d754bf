package tenants

import (
	"github.com/google/uuid"

	"github.com/switchyard/switchyard/internal/fault"
)

// An id is a UUID of version 7 in its canonical text form. Each kind has a type
// of its own, so that one cannot be taken for another.
type (
	// TenantID names a Tenant.
	TenantID string
	// SolutionID names a Solution.
	SolutionID string
	// ServerGroupID names a ServerGroup.
	ServerGroupID string
	// ServerID names a Server.
	ServerID string
	// AccountID names an Account.
	AccountID string
)

// NewID returns a fresh id of any of the kinds.
func NewID[T ~string]() T { return T(uuid.Must(uuid.NewV7()).String()) }

// ParseID reads an id in canonical form.
func ParseID[T ~string](text string) (T, error) {
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return "", fault.New(fault.Invalid, "malformed-id", "an id is a UUID in lower case")
	}
	return T(text), nil
}
