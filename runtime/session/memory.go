package session

import (
	"context"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
)

// Memory keeps sessions in this process. It has no goroutine: what has expired is
// dropped by the calls that come after.
type Memory struct {
	limits Limits
	now    func() time.Time
	seed   maphash.Seed
	shards []shard

	sessions atomic.Int64
	bytes    atomic.Int64
	evicted  atomic.Int64
	expired  atomic.Int64
}

var _ Store = (*Memory)(nil)

// The number of shards grows with the number of sessions.
const (
	mostShards      = 64
	sessionsOfShard = 1024
)

// NewMemory returns an empty store; time.Now is the clock where none is given.
func NewMemory(limits Limits, now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	m := &Memory{limits: limits.WithDefaults(), now: now, seed: maphash.MakeSeed()}
	m.shards = make([]shard, min(max(m.limits.Sessions/sessionsOfShard, 1), mostShards))
	for i := range m.shards {
		m.shards[i].entries = map[string]*entry{}
	}
	return m
}

// Usage implements Store.
func (m *Memory) Usage() Usage {
	return Usage{
		Sessions: int(m.sessions.Load()), Bytes: m.bytes.Load(),
		Evicted: m.evicted.Load(), Expired: m.expired.Load(),
	}
}

// Do implements Store.
func (m *Memory) Do(ctx context.Context, id string, f func(*Data) *Data) error {
	at := int(maphash.String(m.seed, id) % uint64(len(m.shards)))
	s := &m.shards[at]
	e, err := m.enter(ctx, s, id)
	if err != nil {
		return err
	}
	kept := e.data
	defer func() { m.leave(at, e, kept) }() // also where f panics
	now := m.now()
	if kept != nil && (now.Sub(e.used) >= m.limits.Idle || now.Sub(kept.Started) >= m.limits.Age) {
		m.expired.Add(1)
		kept = nil
	}
	present := kept
	next := f(present)
	if next != nil && e.data == nil && !m.makeRoom(at) {
		return fault.New(fault.Unavailable, "too-many-sessions", "all %d sessions are in use", m.limits.Sessions)
	}
	kept = next
	return nil
}

// enter waits until the session's turn has come and marks it as taken. An id
// without a session has its order as well.
func (m *Memory) enter(ctx context.Context, s *shard, id string) (*entry, error) {
	if ctx.Err() != nil {
		return nil, busy(ctx.Err())
	}
	s.mu.Lock()
	e := s.entries[id]
	if e == nil {
		e = &entry{id: id}
		s.entries[id] = e
	}
	if !e.taken {
		e.taken = true
		s.mu.Unlock()
		return e, nil
	}
	if len(e.waiting) >= m.limits.Waiting {
		s.mu.Unlock()
		return nil, fault.New(fault.Unavailable, "session-busy", "%d calls of the session are waiting", m.limits.Waiting)
	}
	turn := make(chan struct{})
	e.waiting = append(e.waiting, turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return e, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !e.giveUp(turn) { // the turn came at the same time
		m.next(s, e)
	}
	return nil, busy(ctx.Err())
}

func busy(cause error) error {
	return fault.New(fault.Unavailable, "session-busy", "the session's turn did not come in time").Because(cause)
}

// leave keeps what a call made of a session and lets the next one in.
func (m *Memory) leave(at int, e *entry, kept *Data) {
	s := &m.shards[at]
	var size int64
	now := m.now()
	if kept != nil {
		size = kept.Size() + int64(len(e.id))
	}
	s.mu.Lock()
	if e.data != nil {
		s.of(e).remove(e)
		m.sessions.Add(-1)
		m.bytes.Add(-e.size)
	}
	if kept != nil {
		e.came = e.data != nil && e.data.Started.Equal(kept.Started)
		e.used, e.size = now, size
		s.of(e).add(e)
		m.sessions.Add(1)
		m.bytes.Add(size)
	}
	e.data = kept
	m.next(s, e)
	m.expire(s, now)
	s.mu.Unlock()
	m.shrink(at)
}

// next lets the longest waiting call in; where none waits the session is free, and
// forgotten when it has no data.
func (m *Memory) next(s *shard, e *entry) {
	if len(e.waiting) > 0 {
		close(e.waiting[0])
		e.waiting = e.waiting[1:]
		return
	}
	e.taken, e.waiting = false, nil
	if e.data == nil {
		delete(s.entries, e.id)
	}
}

// atOnce bounds the expired sessions that one call drops.
const atOnce = 4

// expire drops sessions of a shard that were idle for too long. Their number is
// bounded, so that no call pays for many; each call adds one at most, so they
// become fewer all the same.
func (m *Memory) expire(s *shard, now time.Time) {
	for range atOnce {
		e := s.expired(now.Add(-m.limits.Idle))
		if e == nil {
			return
		}
		m.drop(s, e)
		m.expired.Add(1)
	}
}

// drop takes a session that nobody uses out of its shard.
func (m *Memory) drop(s *shard, e *entry) {
	s.of(e).remove(e)
	m.sessions.Add(-1)
	m.bytes.Add(-e.size)
	delete(s.entries, e.id)
	e.data = nil
}

// makeRoom makes room for one more session, in its own shard where possible.
func (m *Memory) makeRoom(at int) bool {
	for m.sessions.Load() >= int64(m.limits.Sessions) {
		if !m.evict(at) {
			return false
		}
	}
	return true
}

// shrink drops sessions until the store is within its bounds. Sessions in use stay:
// their number is bounded by the calls at work.
func (m *Memory) shrink(at int) {
	for m.sessions.Load() > int64(m.limits.Sessions) || m.bytes.Load() > m.limits.Bytes {
		if !m.evict(at) {
			return
		}
	}
}

// evict drops a session, of that shard or else of the next one that has any.
func (m *Memory) evict(at int) bool {
	for i := range m.shards {
		s := &m.shards[(at+i)%len(m.shards)]
		s.mu.Lock()
		e := s.victim()
		if e != nil {
			m.drop(s, e)
		}
		s.mu.Unlock()
		if e != nil {
			m.evicted.Add(1)
			return true
		}
	}
	return false
}
