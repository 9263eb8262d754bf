package session

import (
	"context"
	"time"
)

// Store keeps sessions.
type Store interface {
	// Do waits for the session's turn, calls f with it, nil where there is none, and
	// keeps what f returns; nil ends the session. F may change what it is given. The
	// error is a fault.Unavailable: session-busy when the context ended before the
	// session's turn, or when too many calls wait for it; too-many-sessions when
	// there is no room for a new one; session-store-away when the store is.
	Do(ctx context.Context, id string, f func(present *Data) (kept *Data)) error
	// Usage says how full the store is.
	Usage() Usage
}

// Usage of a store.
type Usage struct {
	Sessions int
	Bytes    int64
	// Evicted counts those that had to make room, Expired those that ended by time.
	Evicted int64
	Expired int64
}

// Limits of a store. Zero values stand for the defaults.
type Limits struct {
	// Idle is how long a session lives without a call, Age how long at most.
	Idle time.Duration
	Age  time.Duration
	// Sessions and Bytes are how many are held at most.
	Sessions int
	Bytes    int64
	// Waiting is how many calls wait for one session at most.
	Waiting int
}

// Defaults of Limits.
const (
	DefaultIdle     = 300 * time.Second
	DefaultAge      = 12 * time.Hour
	DefaultSessions = 100_000
	DefaultBytes    = 512 << 20
	DefaultWaiting  = 64
)

// WithDefaults puts defaults where nothing is given.
func (l Limits) WithDefaults() Limits {
	l.Idle = orDefault(l.Idle, DefaultIdle)
	l.Age = orDefault(l.Age, DefaultAge)
	l.Sessions = orDefault(l.Sessions, DefaultSessions)
	l.Bytes = orDefault(l.Bytes, DefaultBytes)
	l.Waiting = orDefault(l.Waiting, DefaultWaiting)
	return l
}

func orDefault[T int | int64 | time.Duration](value, standing T) T {
	if value <= 0 {
		return standing
	}
	return value
}
