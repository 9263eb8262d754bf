package learning

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/definition"
)

// pages gives rows page by page, by model.
type pages struct {
	rows map[string][][]Row
	away string // a model that cannot be read
	read []string
}

func (p *pages) Read(_ context.Context, model, _ string, after int64) ([]Row, int64, error) {
	p.read = append(p.read, model)
	if model == p.away {
		return nil, 0, errors.New("the database is away")
	}
	if int(after) >= len(p.rows[model]) {
		return nil, after, nil
	}
	return p.rows[model][after], after + 1, nil
}

func TestABookReadsWhatHasChangedPageByPage(t *testing.T) {
	t.Parallel()
	l := NewLayout(model(definition.BetaBernoulli, 0), declared)
	var b Book
	card, loan := b.Follow("m", l, []Offer{{Code: "card"}}), b.Follow("m", l, []Offer{{Code: "loan"}})
	other := b.Follow("other", l, []Offer{{Code: "card"}})
	source := &pages{away: "other", rows: map[string][][]Row{"m": {
		{{Offer: "card", Cell: Whole, Weight: 8, Accepted: 1, At: noon}},
		{{Offer: "card", Cell: Whole, Weight: 98, Accepted: 19, At: noon}, {Offer: "loan", Cell: Whole, Weight: 8, Accepted: 7, At: noon}},
	}}}
	require.ErrorContains(t, b.Refresh(t.Context(), source, noon), "model other: the database is away")
	require.InDelta(t, 0.2, card.Snapshot().Mean(&Context{}, 0), 1e-12, "a row replaces an older one")
	require.InDelta(t, 0.8, loan.Snapshot().Mean(&Context{}, 0), 1e-12)
	require.Nil(t, other.Snapshot())

	later := b.Follow("m", l, []Offer{{Code: "loan"}, {Code: "card"}})
	require.InDelta(t, 0.2, later.Snapshot().Mean(&Context{}, 1), 1e-12, "a new version knows at once what is known")

	source.away = "m"
	last := card.Snapshot()
	require.Error(t, b.Refresh(t.Context(), source, noon))
	require.Same(t, last, card.Snapshot(), "the last stands")
	require.InDelta(t, 0.5, other.Snapshot().Mean(&Context{}, 0), 1e-12)
}

func TestABookForgetsModelsThatNobodyHasAnyMore(t *testing.T) {
	l := NewLayout(model(definition.BetaBernoulli, 0), declared)
	var b Book
	kept := b.Follow("kept", l, []Offer{{Code: "card"}})
	b.Follow("gone", l, []Offer{{Code: "card"}})
	source := &pages{}
	for deadline := time.Now().Add(10 * time.Second); ; {
		runtime.GC()
		source.read = nil
		require.NoError(t, b.Refresh(t.Context(), source, noon))
		if len(source.read) == 1 {
			break
		}
		require.True(t, time.Now().Before(deadline), "still read: %v", source.read)
	}
	require.Equal(t, []string{"kept"}, source.read)
	runtime.KeepAlive(kept)
}
