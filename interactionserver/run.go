package interactionserver

import (
	"context"
	"math"
	"sync"
	"time"
)

const (
	// watchInterval is how often other servers' changes are looked for.
	watchInterval = time.Second
	// flushInterval is how often counted refusals are written.
	flushInterval = time.Second
	// goodbye bounds the last flush.
	goodbye = 2 * time.Second
	// watchBatch bounds the changes that are read at once.
	watchBatch = 1000
)

// Run matches interactions with agents, ends what runs out, counts refusals,
// watches for the changes of the group's other servers and reminds the process
// host of what it lost, until ctx ends. It
// returns nil then. Calling it is not needed for correctness, but nothing is
// routed without it.
func (s *Service) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, work := range []func(context.Context){s.matcher.run, s.watch, s.flush, s.remind} {
		wg.Go(func() { work(ctx) })
	}
	wg.Wait()
	return nil
}

// watch follows what the other servers of the group write. An event that was
// numbered before another one and committed after it can be missed; the matcher's
// refresh makes up for it, as does whoever watches an agent by reading it now and
// then.
func (s *Service) watch(ctx context.Context) {
	// Only the newest id counts at first: what was before is read by whoever starts.
	after := int64(math.MaxInt64)
	for ctx.Err() == nil {
		changes, newest, err := s.store.Changes(ctx, after, watchBatch)
		switch {
		case err == nil:
			after = newest
		case ctx.Err() == nil:
			s.log.Warn("cannot watch the group's changes", "error", err)
		}
		s.spread(changes)
		if len(changes) < watchBatch {
			pause(ctx, watchInterval)
		}
	}
}

// spread wakes up whom other servers' changes concern.
func (s *Service) spread(changes []Change) {
	var waiting []InteractionID
	for _, c := range changes {
		if c.Agent != "" {
			s.hub.tell(c.Agent)
		}
		if c.Interaction != "" {
			waiting = append(waiting, c.Interaction)
		}
	}
	if len(changes) > 0 {
		s.matcher.look(waiting...)
	}
}

// flush writes the counts of refused submits, also at the end.
func (s *Service) flush(ctx context.Context) {
	ticker := time.NewTicker(flushInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
			defer cancel()
			s.flushOnce(last)
			return
		case <-ticker.C:
			s.flushOnce(ctx)
		}
	}
}

func (s *Service) flushOnce(ctx context.Context) {
	if err := s.refusals.flush(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("cannot write the counts of refused submits", "error", err)
	}
}
