package session

import (
	"slices"
	"sync"
	"time"
)

// shard has a part of the sessions.
type shard struct {
	mu      sync.Mutex
	entries map[string]*entry
	// Fresh are sessions that were started and did not come back, used those that
	// did; both the least recently used first.
	fresh, used list
}

// entry is a session, or the order of calls to an id that has none. All is guarded
// by the shard's mu, but data, which belongs to the call that has taken it.
type entry struct {
	id      string
	data    *Data
	size    int64
	used    time.Time
	came    bool // back after it was started
	taken   bool
	waiting []chan struct{} // the longest waiting first

	previous, following *entry
}

// giveUp takes a waiting call out; false where its turn has come.
func (e *entry) giveUp(turn chan struct{}) bool {
	at := slices.Index(e.waiting, turn)
	if at < 0 {
		return false
	}
	e.waiting = slices.Delete(e.waiting, at, at+1)
	return true
}

// of is the list of those that came back, or of the new ones.
func (s *shard) of(came bool) *list {
	if came {
		return &s.used
	}
	return &s.fresh
}

// oldest is when the least recently used session was, of those that no call has
// taken, other than but.
func (s *shard) oldest(came bool, but *entry) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.of(came).oldest(but)
	if e == nil {
		return time.Time{}, false
	}
	return e.used, true
}

// expired is a session that was last used at that time or before.
func (s *shard) expired(since time.Time) *entry {
	for _, l := range []*list{&s.fresh, &s.used} {
		if e := l.oldest(nil); e != nil && !e.used.After(since) {
			return e
		}
	}
	return nil
}

// list is a chain of entries in the order of their last use.
type list struct {
	first, last *entry
}

func (l *list) add(e *entry) {
	e.previous, e.following = l.last, nil
	if l.last == nil {
		l.first = e
	} else {
		l.last.following = e
	}
	l.last = e
}

func (l *list) remove(e *entry) {
	if e.previous == nil {
		l.first = e.following
	} else {
		e.previous.following = e.following
	}
	if e.following == nil {
		l.last = e.previous
	} else {
		e.following.previous = e.previous
	}
	e.previous, e.following = nil, nil
}

// oldest is the first that no call has taken, other than but. Those that are taken
// are as many as there are calls at work.
func (l *list) oldest(but *entry) *entry {
	for e := l.first; e != nil; e = e.following {
		if !e.taken && e != but {
			return e
		}
	}
	return nil
}
