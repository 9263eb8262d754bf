package rest_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
)

// memoryStore is an IdempotencyStore in memory.
type memoryStore struct {
	mu   sync.Mutex
	keys map[rest.IdempotencyKey]*kept
}

type kept struct {
	fingerprint []byte
	answer      *rest.Answer
}

func newMemoryStore() *memoryStore { return &memoryStore{keys: map[rest.IdempotencyKey]*kept{}} }

func (m *memoryStore) Reserve(_ context.Context, key rest.IdempotencyKey, fingerprint []byte) (*rest.Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.keys[key]
	switch {
	case k == nil:
		m.keys[key] = &kept{fingerprint: fingerprint}
		return nil, nil
	case !bytes.Equal(k.fingerprint, fingerprint):
		return nil, fault.New(fault.Conflict, rest.KeyReused, "the key was used for another request")
	case k.answer == nil:
		return nil, fault.New(fault.Conflict, rest.RequestInProgress, "the first request still runs")
	}
	return k.answer, nil
}

func (m *memoryStore) Answer(_ context.Context, key rest.IdempotencyKey, answer rest.Answer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keys[key].answer = &answer
	return nil
}

func (m *memoryStore) Release(_ context.Context, key rest.IdempotencyKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.keys, key)
	return nil
}

var discard = slog.New(slog.DiscardHandler)

// lockedBuffer takes logs from several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
