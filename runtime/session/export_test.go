package session

import "hash/maphash"

// Waiting is the number of calls that wait for a session.
func (m *Memory) Waiting(id string) int {
	s := &m.shards[maphash.String(m.seed, id)%uint64(len(m.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[id]
	if e == nil {
		return 0
	}
	return len(e.waiting)
}

// Bytes are those that the values take beside their places.
func (v *Values) Bytes() int { return v.bytes }
