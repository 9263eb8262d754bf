package history

import (
	"fmt"

	"github.com/google/uuid"
)

// Treatment is the code of one presentation of an offer, a UUID of version 7:
// codes that are made one after another lie together in an index.
type Treatment uuid.UUID

// NewTreatment makes a code that nobody has.
func NewTreatment() (Treatment, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Treatment{}, fmt.Errorf("make a treatment code: %w", err)
	}
	return Treatment(id), nil
}

// ParseTreatment reads the form that String writes, and no other.
func ParseTreatment(text string) (Treatment, bool) {
	id, err := uuid.Parse(text)
	if err != nil || id.Version() != 7 || id.Variant() != uuid.RFC4122 || id.String() != text {
		return Treatment{}, false
	}
	return Treatment(id), true
}

// String is the code as 36 characters in lower case.
func (t Treatment) String() string { return uuid.UUID(t).String() }

// IsZero reports whether it is no code.
func (t Treatment) IsZero() bool { return t == Treatment{} }
