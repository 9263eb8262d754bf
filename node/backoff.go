package node

import "time"

// backoff spaces the starts of a server that keeps dying: 200 ms, 400 ms … 30 s,
// and 200 ms again once it ran for a minute.
type backoff struct {
	shortest, longest, reset time.Duration
	next                     time.Duration
}

var defaultBackoff = backoff{shortest: 200 * time.Millisecond, longest: 30 * time.Second, reset: time.Minute}

// after returns how long to wait after a process that was healthy for so long.
func (b *backoff) after(healthy time.Duration) time.Duration {
	if b.next == 0 || healthy >= b.reset {
		b.next = b.shortest
	}
	wait := b.next
	b.next = min(2*b.next, b.longest)
	return wait
}
