package session

import "time"

const (
	// OrphansAtOnce is how many responses without a contact a session may have one
	// after another.
	OrphansAtOnce = 100
	// orphanEvery is how often another one may come after those.
	orphanEvery = time.Second
)

// MayOrphan reports whether the session may have another response without a
// contact now.
func (d *Data) MayOrphan(now time.Time) bool {
	return d.Orphaned.Sub(now) <= (OrphansAtOnce-1)*orphanEvery
}

// Orphan notes one.
func (d *Data) Orphan(now time.Time) {
	if d.Orphaned.Before(now) {
		d.Orphaned = now
	}
	d.Orphaned = d.Orphaned.Add(orphanEvery)
}
