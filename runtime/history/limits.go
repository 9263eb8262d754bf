package history

import (
	"context"
	"sync"
	"time"
)

// askAgain is how long an offer of which nothing is left is not asked for again.
// Something may be left then: others have given it back, or the limit is spread
// over time.
const askAgain = time.Second

// maxOffers bounds the offers of which a server has reserved something.
const maxOffers = 10_000

// Limits hands out the presentations that total limits allow. It is safe for
// concurrent use.
type Limits struct {
	store Reserver
	now   func() time.Time

	mu     sync.Mutex
	offers map[string]*allotment
}

// allotment is what this server may present of an offer.
type allotment struct {
	asking chan struct{} // a place in it is the right to ask the database

	mu      sync.Mutex
	chunk   Chunk
	left    int64
	until   time.Time // nothing is taken from then on
	notYet  time.Time // not asked before
	counted int64     // presentations beside those that are left
}

// NewLimits returns a Limits that has reserved nothing yet.
func NewLimits(store Reserver) *Limits {
	return &Limits{store: store, now: time.Now, offers: map[string]*allotment{}}
}

// Count is how often the offer was presented or reserved by others, for
// decision.Input.Totals: less than allowed only where this server has a
// presentation to take. Where it has none it reserves some, which asks the
// database; while that is away, or ctx ends, nothing is left.
func (l *Limits) Count(ctx context.Context, t Total) int64 {
	a := l.of(t.Offer)
	if a == nil {
		return t.Allowed
	}
	if counted, sure := a.count(t, l.now()); sure {
		return counted
	}
	select {
	case a.asking <- struct{}{}:
	case <-ctx.Done():
		return t.Allowed
	}
	// Somebody else may have asked meanwhile.
	if counted, sure := a.count(t, l.now()); sure {
		<-a.asking
		return counted
	}
	// A database that does not answer keeps a statement beyond ctx, but not the call.
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		defer func() { <-a.asking }()
		asked := l.now()
		chunk, err := l.store.Reserve(ctx, t.Offer, t.Allowed, t.Limit.For)
		a.take(chunk, asked, l.now(), err)
	}()
	select {
	case <-answered:
	case <-ctx.Done():
		return t.Allowed
	}
	counted, _ := a.count(t, l.now())
	return counted
}

// of finds the allotment of an offer; nil where there are too many.
func (l *Limits) of(offer string) *allotment {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.offers[offer]
	if !ok && len(l.offers) < maxOffers {
		a = &allotment{asking: make(chan struct{}, 1)}
		l.offers[offer] = a
	}
	return a
}

// count says how many count, and whether that is sure without asking.
func (a *allotment) count(t Total, now time.Time) (counted int64, sure bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.left > 0 && now.Before(a.until):
		return a.counted, true
	case now.Before(a.notYet):
		return max(t.Allowed, a.counted), true
	default:
		return max(t.Allowed, a.counted), false
	}
}

// take puts a new chunk in place of what is left.
func (a *allotment) take(c Chunk, asked, now time.Time, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil || c.Size == 0 {
		a.left, a.notYet = 0, now.Add(askAgain)
		return
	}
	// Counted from before it was asked: the database's clock began later.
	a.chunk, a.left, a.until, a.counted, a.notYet = c, c.Size, asked.Add(c.Lasts), c.Counted, time.Time{}
}

// Take takes one presentation of an offer that was chosen; the contact carries the
// reservation. It is false where other sessions were faster: then the offer is
// excluded, and decided again.
func (l *Limits) Take(offer string) (Reservation, bool) {
	l.mu.Lock()
	a := l.offers[offer]
	l.mu.Unlock()
	if a == nil {
		return Reservation{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left == 0 || !l.now().Before(a.until) {
		return Reservation{}, false
	}
	a.left--
	a.counted++
	return a.chunk.ID, true
}

// Close gives back what was reserved and not taken. Contacts that are not recorded
// yet lose their reservation: the Recorder stops first.
func (l *Limits) Close(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var chunks []Reservation
	for _, a := range l.offers {
		a.mu.Lock()
		if a.left > 0 {
			chunks = append(chunks, a.chunk.ID)
		}
		a.left = 0
		a.mu.Unlock()
	}
	l.offers = map[string]*allotment{}
	if len(chunks) == 0 {
		return nil
	}
	return l.store.Release(ctx, chunks)
}
