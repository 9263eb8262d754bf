package businessprocess

import (
	"context"
	"sync"
	"time"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

// fakeHost plays a script of waits: the first Advance returns the first one, and
// each piece of news leads to the next one, as in a real process.
type fakeHost struct {
	mu      sync.Mutex
	script  []Await
	at      int
	news    bool // arrived since the last Advance
	call    process.Request
	answers []process.Event
	failing int // how many Advances fail first
	calls   int // of Advance
}

func (h *fakeHost) Advance(context.Context, string) (Await, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	if h.failing > 0 {
		h.failing--
		return Await{}, fault.New(fault.Unavailable, "database-away", "the database is away")
	}
	if h.script == nil {
		return Await{}, fault.New(fault.NotFound, "interaction-not-found", "there is no such interaction")
	}
	await := h.script[h.at]
	if h.news || (await.Kind == AwaitTimer && !time.Now().Before(await.Until)) {
		h.news = false
		h.at++
	}
	return h.script[h.at], nil
}

// change is what an agent does: the next Advance goes on.
func (h *fakeHost) change() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.news = true
}

func (h *fakeHost) PendingCall(_ context.Context, _ string, sequence int64) (process.Request, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	await := h.script[h.at]
	return h.call, await.Kind == AwaitCall && await.Sequence == sequence && !h.news, nil
}

// Offers answers with the name of the point, and the point "away" not at all.
func (h *fakeHost) Offers(_ context.Context, interaction string, asked process.Offers) (Response, error) {
	if asked.Point == "away" {
		return Response{}, fault.New(fault.Invalid, "no-offers", "the channel is not served here")
	}
	return Response{Status: 200, Body: []any{interaction, asked.Point}}, nil
}

func (h *fakeHost) Answer(_ context.Context, _ string, outcome process.Event) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if await := h.script[h.at]; await.Kind == AwaitCall && await.Sequence == outcome.Sequence && !h.news {
		h.answers = append(h.answers, outcome)
		h.news = true
	}
	return nil
}

func (h *fakeHost) answered() []process.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.answers
}
