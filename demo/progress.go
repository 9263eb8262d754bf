package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchyard/switchyard/internal/sleep"
)

// progress knows how far the sites are, from their own statistics.
type progress struct {
	sites []*site
	out   io.Writer
	total int
	// problem is what went wrong elsewhere, after which nothing is to be waited for.
	problem func() error

	mu      sync.Mutex
	stopped map[*site]int
	moved   chan struct{} // closed and replaced when stopped changes
	sent    map[*site]*atomic.Int64
}

const (
	lookEvery  = 200 * time.Millisecond
	printEvery = 2 * time.Second
)

func newProgress(sites []*site, out io.Writer) *progress {
	p := &progress{
		sites: sites, out: out, moved: make(chan struct{}),
		stopped: make(map[*site]int), sent: make(map[*site]*atomic.Int64),
	}
	for _, s := range sites {
		p.total += len(s.work)
		p.sent[s] = new(atomic.Int64)
	}
	return p
}

func (p *progress) handedIn(s *site) { p.sent[s].Add(1) }

// acknowledged is how many interactions a site's server has taken in.
func (p *progress) acknowledged(s *site) int { return int(p.sent[s].Load()) }

// room waits until the site has stopped at least so many interactions.
func (p *progress) room(ctx context.Context, s *site, stopped int) {
	for {
		p.mu.Lock()
		enough, moved := p.stopped[s] >= stopped, p.moved
		p.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-moved:
		}
	}
}

// until looks at the sites until that share of all work has been stopped.
func (p *progress) until(ctx context.Context, share float64) error {
	wanted := int(share * float64(p.total))
	lastMove, lastPrint := time.Now(), time.Now()
	for {
		before := p.sum()
		p.look(ctx)
		now := p.sum()
		if now != before {
			lastMove = time.Now()
		}
		if time.Since(lastPrint) > printEvery {
			lastPrint = time.Now()
			p.print()
		}
		switch {
		case now >= wanted:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case p.problem() != nil:
			return errors.New("not all could be handed in")
		case time.Since(lastMove) > stallLimit:
			p.print()
			return fmt.Errorf("nothing has moved for %s: %d of %d interactions are stopped", stallLimit, now, p.total)
		}
		sleep.For(ctx, lookEvery)
	}
}

// look asks every site; one that does not answer keeps its last figure.
func (p *progress) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for _, s := range p.sites {
		wg.Go(func() {
			stopped := 0
			for statistics, err := range s.supervisor.Statistics(ctx) {
				if err != nil {
					return
				}
				stopped += int(statistics.Stopped)
			}
			p.set(s, stopped)
		})
	}
	wg.Wait()
}

func (p *progress) set(s *site, stopped int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped[s] == stopped {
		return
	}
	p.stopped[s] = stopped
	close(p.moved)
	p.moved = make(chan struct{})
}

func (p *progress) sum() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := 0
	for _, n := range p.stopped {
		sum += n
	}
	return sum
}

func (p *progress) print() {
	p.mu.Lock()
	defer p.mu.Unlock()
	parts := make([]string, 0, len(p.sites))
	for _, s := range p.sites {
		parts = append(parts, fmt.Sprintf("%s %d/%d", s.solution, p.stopped[s], len(s.work)))
	}
	_, _ = fmt.Fprintf(p.out, "  stopped: %s\n", strings.Join(parts, ", "))
}
