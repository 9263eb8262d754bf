package schedule

import (
	"context"
	"net/url"
	"sync"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
)

// lanes bound the actions at work that lead to the same place: one that answers
// slowly, or never, must not take all places.
type lanes struct {
	most int // of each
	mu   sync.Mutex
	of   map[string]*lane
}

// lane is that of actions that lead to one place. All but places is guarded by the
// lanes' mu.
type lane struct {
	places chan struct{}
	users  int
	// slow is set when one has waited in vain, until the next one is through.
	slow bool
}

// patience is how long an action waits for a place in its lane. Where others go
// through at once that is enough.
const patience = 250 * time.Millisecond

// laneOf names where an action leads to; "" is the runtime itself.
func laneOf(a Action) string {
	switch do := a.Work.Do; {
	case do.Do == definition.CallWebhook:
		if parsed, err := url.Parse(do.URL); err == nil {
			return "webhook " + parsed.Host
		}
		return "webhook"
	case do.Do.Triggers():
		return "process " + do.Process
	default:
		return ""
	}
}

// enter takes a place in a lane; false where there is none in time. Who has one gives
// it back.
func (l *lanes) enter(ctx context.Context, name string) (leave func(), ok bool) {
	l.mu.Lock()
	in := l.of[name]
	if in == nil {
		in = &lane{places: make(chan struct{}, l.most)}
		l.of[name] = in
	}
	in.users++
	wait := patience
	if in.slow {
		wait = 0
	}
	l.mu.Unlock()
	if !in.take(ctx, wait) {
		l.left(name, in, true)
		return nil, false
	}
	return func() {
		<-in.places
		l.left(name, in, false)
	}, true
}

// take takes a place, and looks for one before it waits.
func (in *lane) take(ctx context.Context, wait time.Duration) bool {
	select {
	case in.places <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case in.places <- struct{}{}:
		return true
	case <-timer.C:
		return false
	case <-ctx.Done():
		return false
	}
}

func (l *lanes) left(name string, in *lane, inVain bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	in.slow = inVain
	if in.users--; in.users == 0 {
		delete(l.of, name)
	}
}
