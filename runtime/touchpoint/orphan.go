package touchpoint

import (
	"slices"
	"sync/atomic"

	"github.com/switchyard/switchyard/runtime/history"
)

// Refusals are responses that were refused since the start.
type Refusals struct {
	// Forged named a code that no server of the tenant has made.
	Forged int64
	// Orphans had no contact, and too many such came.
	Orphans int64
}

type refusals struct{ forged, orphans atomic.Int64 }

// Refusals says how many responses were refused.
func (s *Service) Refusals() Refusals {
	return Refusals{Forged: s.refusals.forged.Load(), Orphans: s.refusals.orphans.Load()}
}

// forged reports whether a code was made by nobody who makes codes for the tenant.
// What the session was answered counts whatever key was in use.
func (c *call) forged(t history.Treatment) bool {
	return c.s.o.Codes != nil && !c.s.o.Codes.Made(t) && c.data.Find(t) == nil
}

// mayOrphan reports whether the responses may be written: those to treatments that
// the session does not know may be without a contact.
func (h *happening) mayOrphan() bool {
	return !slices.Contains(h.offers, "") || h.data.MayOrphan(h.now)
}
