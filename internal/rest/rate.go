package rest

import (
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
)

// maxBuckets bounds a limiter's memory, to about 1 MB, against callers of public
// operations from very many addresses.
const maxBuckets = 10_000

// limiter has one token bucket per key.
type limiter struct {
	rate Rate
	now  func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(rate Rate) *limiter {
	return &limiter{rate: rate, now: time.Now, buckets: map[string]*bucket{}}
}

// take uses up one token of the key, or tells how long until there is one.
func (l *limiter) take(key string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.forget(now)
		}
		b = &bucket{tokens: float64(l.rate.Burst), at: now}
		l.buckets[key] = b
	}
	b.tokens = l.refilled(b, now)
	b.at = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / l.rate.PerSecond * float64(time.Second)), false
	}
	b.tokens--
	return 0, true
}

func (l *limiter) refilled(b *bucket, now time.Time) float64 {
	return min(float64(l.rate.Burst), b.tokens+now.Sub(b.at).Seconds()*l.rate.PerSecond)
}

// forget drops the buckets that are full again, which is what a new one would be,
// and others until a quarter is free, so that it is seldom called.
func (l *limiter) forget(now time.Time) {
	for key, b := range l.buckets {
		if l.refilled(b, now) >= float64(l.rate.Burst) {
			delete(l.buckets, key)
		}
	}
	for key := range l.buckets {
		if len(l.buckets) <= maxBuckets*3/4 {
			return
		}
		delete(l.buckets, key)
	}
}

// tooMany is the fault of a caller over its rate.
func tooMany() error {
	return fault.New(fault.TooMany, "too-many-requests", "too many requests; slow down")
}

// retryAfter is the header's value: whole seconds, at least one.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
}
