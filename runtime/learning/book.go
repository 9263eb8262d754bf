package learning

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"weak"
)

// Source has the statistics of a server group.
type Source interface {
	// Read returns rows of a model and a key that have changed after a revision, 0
	// for all, as they are now, and the revision to go on from.
	Read(ctx context.Context, model, key string, after int64) (rows []Row, next int64, err error)
}

// Book keeps the statistics that a server decides by. It is safe for concurrent
// use.
type Book struct {
	mu     sync.Mutex
	models map[modelKey]*bookModel
}

type modelKey struct{ model, key string }

// bookModel are the statistics of a model and those that read them, who are
// forgotten when nobody has them any more.
type bookModel struct {
	revision  int64 // of Refresh only
	followers []weak.Pointer[Followed]

	mu         sync.Mutex
	statistics *Statistics
	at         time.Time // of the last snapshots; zero before the first
}

// Followed is a model as one version of a channel decides by it.
type Followed struct {
	layout  *Layout
	offers  []Offer
	current atomic.Pointer[Snapshot]
}

// Layout is that of the model.
func (f *Followed) Layout() *Layout { return f.layout }

// Snapshot is the newest; nil before the first.
func (f *Followed) Snapshot() *Snapshot { return f.current.Load() }

// Follow makes snapshots of a model with each Refresh, as long as what is returned
// is in use; the first of what was read by now, where others follow the model.
func (b *Book) Follow(model string, l *Layout, offers []Offer) *Followed {
	f := &Followed{layout: l, offers: offers}
	b.join(model, f).show(f)
	return f
}

// join adds a follower to its model.
func (b *Book) join(model string, f *Followed) *bookModel {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.models == nil {
		b.models = map[modelKey]*bookModel{}
	}
	key := modelKey{model, f.layout.shape.Key}
	kept := b.models[key]
	if kept == nil {
		kept = &bookModel{statistics: NewStatistics(f.layout.shape)}
		b.models[key] = kept
	}
	kept.followers = append(kept.followers, weak.Make(f))
	return kept
}

// show makes a first snapshot for a new follower.
func (m *bookModel) show(f *Followed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.at.IsZero() && f.current.Load() == nil {
		f.current.Store(NewSnapshot(f.layout, m.statistics, f.offers, m.at))
	}
}

// show makes snapshots for all followers.
func (r *readers) show(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = now
	for _, f := range r.live {
		f.current.Store(NewSnapshot(f.layout, r.statistics, f.offers, now))
	}
}

// Refresh reads what has changed and makes snapshots as of now. One at a time may
// run. Of models that cannot be read the last snapshots stand.
func (b *Book) Refresh(ctx context.Context, source Source, now time.Time) error {
	var failed error
	for key, kept := range b.followed() {
		if err := kept.read(ctx, source, key); err != nil {
			failed = errors.Join(failed, fmt.Errorf("read the statistics of model %s: %w", key.model, err))
			continue
		}
		kept.show(now)
	}
	return failed
}

// readers are a model with its followers, who stay as long as it is at hand.
type readers struct {
	*bookModel
	live []*Followed
}

// followed are the models that are in use; others are forgotten.
func (b *Book) followed() map[modelKey]readers {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[modelKey]readers{}
	for key, kept := range b.models {
		r, left := readers{bookModel: kept}, kept.followers[:0]
		for _, pointer := range kept.followers {
			if f := pointer.Value(); f != nil {
				r.live, left = append(r.live, f), append(left, pointer)
			}
		}
		kept.followers = left
		if len(left) == 0 {
			delete(b.models, key)
			continue
		}
		all[key] = r
	}
	return all
}

func (m *bookModel) replace(rows []Row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range rows {
		m.statistics.Replace(r) // what is broken is as if it were not there
	}
}

func (m *bookModel) read(ctx context.Context, source Source, key modelKey) error {
	for {
		rows, next, err := source.Read(ctx, key.model, key.key, m.revision)
		if err != nil {
			return err
		}
		m.replace(rows)
		if len(rows) == 0 || next <= m.revision {
			return nil
		}
		m.revision = next
	}
}
