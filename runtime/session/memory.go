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
	fresh    atomic.Int64 // of the sessions
	cursor   atomic.Uint64
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
	if next != nil && e.data == nil && !m.makeRoom() {
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
	if size > m.limits.Bytes { // no room can be made for it
		m.evicted.Add(1)
		kept = nil
	}
	s.mu.Lock()
	came := e.data != nil && kept != nil && e.data.Started.Equal(kept.Started)
	if e.data != nil {
		m.remove(s, e)
	}
	if kept != nil {
		e.came, e.used, e.size = came, now, size
		m.add(s, e)
	}
	e.data = kept
	m.next(s, e)
	m.expire(s, now)
	s.mu.Unlock()
	m.shrink(e)
}

func (m *Memory) add(s *shard, e *entry) {
	s.of(e.came).add(e)
	m.count(e, 1)
}

func (m *Memory) remove(s *shard, e *entry) {
	s.of(e.came).remove(e)
	m.count(e, -1)
}

func (m *Memory) count(e *entry, n int64) {
	m.sessions.Add(n)
	m.bytes.Add(n * e.size)
	if !e.came {
		m.fresh.Add(n)
	}
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
	m.remove(s, e)
	delete(s.entries, e.id)
	e.data = nil
}

// makeRoom makes room for one more session.
func (m *Memory) makeRoom() bool {
	for m.sessions.Load() >= int64(m.limits.Sessions) {
		if !m.evict(nil) {
			return false
		}
	}
	return true
}

// shrink drops sessions until the store is within its bounds. Sessions in use stay:
// their number is bounded by the calls at work. So does the one that the room is made
// for.
func (m *Memory) shrink(latest *entry) {
	for m.sessions.Load() > int64(m.limits.Sessions) || m.bytes.Load() > m.limits.Bytes {
		if !m.evict(latest) {
			return
		}
	}
}

// freshShare is the part of all sessions, 1 of so many, that new ones keep when the
// store is full.
const freshShare = 8

// evict drops a session other than but, a new one unless they are few; false where
// all are in use.
func (m *Memory) evict(but *entry) bool {
	came := m.fresh.Load()*freshShare <= m.sessions.Load()
	return m.evictOf(came, but) || m.evictOf(!came, but)
}

// sampled is the number of shards of which the oldest session is looked for.
const sampled = 5

// evictOf drops about the oldest session of the new ones or of those that came
// back: the oldest of some shards. It looks into more while it finds none.
func (m *Memory) evictOf(came bool, but *entry) bool {
	from := m.cursor.Add(1)
	var oldest *shard
	var since time.Time
	for i := range len(m.shards) {
		if i >= sampled && oldest != nil {
			break
		}
		s := &m.shards[(from+uint64(i))%uint64(len(m.shards))]
		if used, ok := s.oldest(came, but); ok && (oldest == nil || used.Before(since)) {
			oldest, since = s, used
		}
	}
	if oldest == nil {
		return false
	}
	oldest.mu.Lock()
	defer oldest.mu.Unlock()
	if e := oldest.of(came).oldest(but); e != nil { // else another call was faster
		m.drop(oldest, e)
		m.evicted.Add(1)
	}
	return true
}
