package temporalclient

import (
	"maps"
	"time"
)

// StartAgainAfter is when a workflow that should be under way is started once more:
// somebody may have ended it, or Temporal may have lost it.
const StartAgainAfter = 15 * time.Second

// Starts is when a dispatcher last started the workflow of each id. One goroutine
// uses it.
type Starts[ID comparable] map[ID]time.Time

// Once calls start, unless it succeeded for that id less than StartAgainAfter ago.
func (s Starts[ID]) Once(id ID, start func() error) error {
	now := time.Now()
	maps.DeleteFunc(s, func(_ ID, at time.Time) bool { return now.Sub(at) >= StartAgainAfter })
	if _, recently := s[id]; recently {
		return nil
	}
	if err := start(); err != nil {
		return err
	}
	s[id] = now
	return nil
}
