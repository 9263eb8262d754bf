package history

import (
	"context"

	"github.com/google/uuid"
)

// Mark is what a transfer leaves in the history after it has read a page of it: a
// state of the database that has the mark has every row of that page too. Both are
// zero where nothing was transferred.
type Mark struct {
	ID uuid.UUID
	// Previous is the mark before, which counts where the transfer was cut off
	// before it was written down elsewhere that there is a new one.
	Previous uuid.UUID
	// Transferred is the number of the sequence up to which all rows were elsewhere
	// for good when the mark was set: they need not be kept here for a transfer.
	Transferred int64
}

// Follows reports whether a history with this mark has all that was read up to
// that mark.
func (m Mark) Follows(id uuid.UUID) bool { return m.ID == id || m.Previous == id }

// Marker keeps the mark of a history.
type Marker interface {
	// Mark returns the mark that was set last.
	Mark(ctx context.Context) (Mark, error)
	// SetMark sets the mark durably.
	SetMark(ctx context.Context, m Mark) error
}
