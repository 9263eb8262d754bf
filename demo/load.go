package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/sleep"
)

const (
	// gatewaysPerSite hand in at the same time.
	gatewaysPerSite = 2
	// mostOpen is how many interactions of a site are under way at most, so that
	// handing in goes on during the whole run.
	mostOpen = 40
)

// load hands in the work of all sites.
type load struct {
	wg     sync.WaitGroup
	mu     sync.Mutex
	failed error
}

func startLoad(ctx context.Context, sites []*site, watch *progress) *load {
	l := &load{}
	for _, s := range sites {
		var next atomic.Int64
		for range gatewaysPerSite {
			l.wg.Go(func() {
				for ctx.Err() == nil {
					i := int(next.Add(1)) - 1
					if i >= len(s.work) {
						return
					}
					watch.room(ctx, s, i-mostOpen)
					if err := submit(ctx, s, s.work[i]); err != nil && ctx.Err() == nil {
						l.fail(fmt.Errorf("hand in %s at %s: %w", s.work[i].ExternalID, s.solution, err))
						return
					}
					watch.handedIn(s)
				}
			})
		}
	}
	return l
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = err
	}
}

func (l *load) wait() { l.wg.Wait() }

func (l *load) problem() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// submit hands one interaction in, again and again while the server is away: the
// external id makes that harmless.
func submit(ctx context.Context, s *site, item Work) error {
	for {
		_, _, err := s.gateway.Submit(ctx, newInteraction(item, item.Process))
		if err == nil || ctx.Err() != nil || !temporary(err) {
			return err
		}
		sleep.For(ctx, 50*time.Millisecond)
	}
}

func newInteraction(item Work, process string) client.NewInteraction {
	return client.NewInteraction{
		ExternalID: item.ExternalID, MediaSource: item.Source, MediaType: item.MediaType,
		Type: item.Type, Priority: item.Priority, Process: process, Properties: item.Properties,
	}
}

// temporary reports whether a call may succeed when it is made again: the server
// was not there, or said that it cannot now.
func temporary(err error) bool {
	var problem *client.Problem
	if !errors.As(err, &problem) {
		return true
	}
	return problem.Status == 429 || problem.Status == 502 || problem.Status == 503
}
