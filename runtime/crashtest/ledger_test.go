package crashtest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// ledger is what touchpoints were told.
type ledger struct {
	mu        sync.Mutex
	contacts  map[string]presentation // acknowledged, by treatment
	responses map[response]bool       // acknowledged
	asked     map[response]bool       // and those that may be written
	lost      int64                   // offers that may be written without having been told
	answers   map[string]int          // by what they were
	slowest   time.Duration
	wrong     []string // what must not be
}

type presentation struct{ offer, customer string }

type response struct{ treatment, kind string }

func newLedger() *ledger {
	return &ledger{contacts: map[string]presentation{}, responses: map[response]bool{}, asked: map[response]bool{}, answers: map[string]int{}}
}

// presented notes an offer that was answered with a treatment code.
func (l *ledger) presented(treatment string, p presentation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before, ok := l.contacts[treatment]; ok {
		l.wrong = append(l.wrong, fmt.Sprintf("treatment %s of %v was given again for %v", treatment, before, p))
	}
	l.contacts[treatment] = p
}

// unknown notes offers of which nobody knows whether they are written.
func (l *ledger) unknown(offers int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost += int64(offers)
}

func (l *ledger) asks(r response) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked[r] = true
}

func (l *ledger) acknowledged(r response) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.responses[r] = true
}

func (l *ledger) fails(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.wrong) < 20 {
		l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
	}
}

// answered notes what an answer was and how long it took.
func (l *ledger) answered(kind string, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[kind]++
	l.slowest = max(l.slowest, took)
}

// acknowledgements are those so far.
func (l *ledger) acknowledgements() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.contacts) + len(l.responses)
}

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := fmt.Sprintf("%d contacts and %d responses acknowledged, %d offers and %d responses not, slowest answer %s; answers:",
		len(l.contacts), len(l.responses), l.lost, len(l.asked)-len(l.responses), l.slowest.Round(time.Millisecond))
	for _, kind := range slices.Sorted(maps.Keys(l.answers)) {
		text += fmt.Sprintf(" %s %d,", kind, l.answers[kind])
	}
	return text
}
