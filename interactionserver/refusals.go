package interactionserver

import (
	"context"
	"maps"
	"sync"
)

// refusals counts refused submits. They leave no row, so that a flood of them is
// cheap: counts are added up here and written once a second. A crash may lose the
// last second's counts, never an interaction.
type refusals struct {
	store Figures

	mu     sync.Mutex
	counts map[Refusal]int64
}

func (r *refusals) add(refusal Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[refusal]++
}

// flush writes what was counted; on an error it stays for the next time.
func (r *refusals) flush(ctx context.Context) error {
	r.mu.Lock()
	counts := r.counts
	r.counts = map[Refusal]int64{}
	r.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	err := r.store.AddRefusals(ctx, counts)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		for refusal, n := range maps.All(counts) {
			r.counts[refusal] += n
		}
	}
	return err
}
