package versions

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/switchyard/switchyard/runtime/bundle"
)

// What is kept of a version that was prepared and is not active.
const (
	mostPrepared = 2 // of a channel
	preparedFor  = 30 * time.Minute
)

// Pauses between attempts of the poll to take a version that cannot be taken.
const (
	firstRetry   = time.Second
	longestRetry = 30 * time.Second
)

// channel is what the holder has of one channel. All but serving is guarded by
// the holder's mu.
type channel struct {
	serving atomic.Pointer[Serving]

	prepared []prepared // oldest first
	problem  string
	attempt  attempt
}

// prepared is a package that waits for its version to become active.
type prepared struct {
	compiled *bundle.Compiled
	hash     string
	at       time.Time
}

// attempt is the last one that failed.
type attempt struct {
	version Version
	pause   time.Duration
	again   time.Time
}

// find returns the package of that hash, when the channel has it: prepared, or
// served under another number.
func (c *channel) find(hash string) (*bundle.Compiled, bool) {
	for _, p := range c.prepared {
		if p.hash == hash {
			return p.compiled, true
		}
	}
	if s := c.serving.Load(); s != nil && s.Compiled != nil && s.Hash == hash {
		return s.Compiled, true
	}
	return nil, false
}

// keep puts a prepared package by, in place of the oldest where there are enough.
func (c *channel) keep(p prepared) {
	c.prepared = slices.DeleteFunc(c.prepared, func(old prepared) bool { return old.hash == p.hash })
	if len(c.prepared) == mostPrepared {
		c.prepared = slices.Delete(c.prepared, 0, 1)
	}
	c.prepared = append(c.prepared, p)
}

// expire drops what was prepared long ago: its deployment failed or was cancelled.
func (c *channel) expire(now time.Time) {
	c.prepared = slices.DeleteFunc(c.prepared, func(p prepared) bool { return now.Sub(p.at) > preparedFor })
}

// serves reports whether the version is being served.
func (c *channel) serves(v Version) bool {
	s := c.serving.Load()
	return s != nil && s.Number == v.Number && s.Hash == v.Hash
}

// failed remembers why a version cannot be taken, and until when to leave it.
func (c *channel) failed(v Version, problem string, now time.Time) {
	pause := firstRetry
	if c.attempt.version == v {
		pause = min(2*c.attempt.pause, longestRetry)
	}
	c.problem, c.attempt = problem, attempt{version: v, pause: pause, again: now.Add(pause)}
}

// waits reports whether the poll leaves the version alone for now.
func (c *channel) waits(v Version, now time.Time) bool {
	return c.attempt.version == v && now.Before(c.attempt.again)
}

// take serves what was prepared; what else was prepared is out of date.
func (c *channel) take(s *Serving) {
	c.serving.Store(s)
	c.prepared, c.problem, c.attempt = nil, "", attempt{}
}
