package rest

import (
	"hash/maphash"
	"net"
	"net/netip"
	"sync"
	"time"
)

// How many wrong credentials an address may send. A bearer cannot be guessed, but
// to look one up costs; a password can, and costs much.
var (
	wrongBearers = Rate{PerSecond: 10, Burst: 500}
	wrongLogins  = Rate{PerSecond: 0.2, Burst: 30}
)

// guesses slows those down who guess credentials, by address. Each attempt takes a
// token, which is given back unless the credentials were wrong, so that however many
// attempts are made at once no more are wrong than there are tokens. A bearer that
// was right lately needs none: who uses it goes on beside somebody who guesses behind
// the same address.
type guesses struct {
	bearers, logins *limiter
	right           recent
}

func newGuesses() *guesses {
	return &guesses{bearers: newLimiter(wrongBearers), logins: newLimiter(wrongLogins), right: recent{seed: maphash.MakeSeed()}}
}

// giveBack undoes a take.
func (l *limiter) giveBack(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.buckets[key]; b != nil {
		b.tokens = min(float64(l.rate.Burst), b.tokens+1)
	}
}

// addressKey is one caller: an address, or all that a household or a host has of
// version 6.
func addressKey(ip net.IP) string {
	address, ok := netip.AddrFromSlice(ip)
	if !ok {
		return ""
	}
	if address = address.Unmap(); address.Is6() {
		return netip.PrefixFrom(address, 64).Masked().String()
	}
	return address.String()
}

const (
	maxRecent = 10_000 // of each half
	recentFor = 5 * time.Minute
)

// recent remembers texts for five to ten minutes, by their hashes: two that look the
// same only let a wrong one be checked.
type recent struct {
	seed maphash.Seed

	mu        sync.Mutex
	now, last map[uint64]struct{}
	since     time.Time
}

func (r *recent) has(text string) bool {
	hash := maphash.String(r.seed, text)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	if _, ok := r.now[hash]; ok {
		return true
	}
	_, ok := r.last[hash]
	return ok
}

func (r *recent) add(text string) {
	hash := maphash.String(r.seed, text)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	r.now[hash] = struct{}{}
}

func (r *recent) drop(text string) {
	hash := maphash.String(r.seed, text)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.now, hash)
	delete(r.last, hash)
}

// turn begins a new half when the present one is old or full.
func (r *recent) turn() {
	if r.now != nil && len(r.now) < maxRecent && time.Since(r.since) < recentFor {
		return
	}
	r.last, r.now, r.since = r.now, map[uint64]struct{}{}, time.Now()
}
