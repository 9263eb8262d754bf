package learningpg

import (
	"context"
	"log/slog"
	"time"

	"github.com/switchyard/switchyard/internal/sleep"
	"github.com/switchyard/switchyard/runtime/learning"
)

// Options tune a Keeper. The zero value is right.
type Options struct {
	// Every is how often statistics are folded and read; 0 is 1 s. Where that takes
	// longer than a tenth of it, it is done less often.
	Every time.Duration
	// Now is the clock.
	Now func() time.Time
	// Logger hears when the database is away; nil is the default logger.
	Logger *slog.Logger
}

// Keeper keeps the book of a server up to date.
type Keeper struct {
	store *Store
	book  *learning.Book
	o     Options
	away  bool
}

// NewKeeper returns a keeper of a book.
func NewKeeper(store *Store, book *learning.Book, o Options) *Keeper {
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Keeper{store: store, book: book, o: o}
}

// idle is the part of the time, in times of what the work takes, in which it rests.
const idle = 9

// Run keeps the book up to date until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		began := time.Now()
		k.step(ctx)
		if !sleep.For(ctx, max(k.o.Every, idle*time.Since(began))) {
			return nil
		}
	}
}

// patience bounds a step.
const patience = 30 * time.Second

func (k *Keeper) step(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := k.Refresh(bounded)
	switch {
	case err == nil:
		k.away = false
	case ctx.Err() == nil && !k.away:
		k.away = true
		k.o.Logger.Error("learning statistics cannot be kept", "error", err)
	}
}

// maxFolds bounds the folds of one Refresh: if observations come faster, the next
// goes on.
const maxFolds = 10

// Refresh folds and reads once.
func (k *Keeper) Refresh(ctx context.Context) error {
	for range maxFolds {
		folded, err := k.store.Fold(ctx)
		if err != nil {
			return err
		}
		if folded.Broken > 0 {
			k.o.Logger.Error("contacts with unreadable traces are not learned from", "contacts", folded.Broken)
		}
		if !folded.More {
			break
		}
	}
	return k.book.Refresh(ctx, k.store, k.o.Now())
}
