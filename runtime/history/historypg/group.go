package historypg

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/runtime/history"
)

// errOvertaken says that another transaction has written the same row of a customer
// and offer meanwhile.
var errOvertaken = errors.New("another transaction wrote the same row")

// group is what one transaction writes.
type group struct {
	batches   []history.Batch
	contacts  []*history.Contact // each treatment once, in their order
	blocks    []block            // of the contacts
	responses []response         // each treatment and type once
	also      Also               // nil for nothing
	again     bool               // some of the contacts may be there
	orphans   int64              // that may be kept at most
	overtaken bool               // an attempt was: rows are locked before they are read

	// Set anew by each attempt.
	fresh    []*history.Contact // contacts that were not there
	orphaned int64              // responses without a contact that are kept
}

// response is a response and where its callers wait for what became of it; the
// first of them is the one that may count.
type response struct {
	*history.Response
	columns string
	asked   []place

	// Set anew by each attempt.
	contact *history.Contact // nil where it is not known
	kept    history.Kept
	fresh   bool // was not there
}

type place struct{ batch, index int }

func newGroup(batches []history.Batch) (*group, error) {
	g := &group{batches: batches}
	type once struct {
		treatment history.Treatment
		class     string
	}
	responses := map[once]int{}
	for b := range batches {
		g.again = g.again || batches[b].Again
		for i := range batches[b].Contacts {
			g.contacts = append(g.contacts, &batches[b].Contacts[i])
		}
		for i := range batches[b].Responses {
			r := &batches[b].Responses[i]
			at, ok := responses[once{r.Treatment, r.Type}]
			if !ok {
				columns, err := columnsOf(r.Columns)
				if err != nil {
					return nil, fmt.Errorf("columns of response %s: %w", r.Treatment, err)
				}
				at = len(g.responses)
				responses[once{r.Treatment, r.Type}] = at
				g.responses = append(g.responses, response{Response: r, columns: columns})
			}
			g.responses[at].asked = append(g.responses[at].asked, place{b, i})
		}
	}
	slices.SortStableFunc(g.contacts, func(a, b *history.Contact) int { return bytes.Compare(a.Treatment[:], b.Treatment[:]) })
	g.contacts = slices.CompactFunc(g.contacts, func(a, b *history.Contact) bool { return a.Treatment == b.Treatment })
	var err error
	if g.blocks, err = blocksOf(g.contacts); err != nil {
		return nil, err
	}
	// In one order everywhere, so that groups with the same rows do not wait for
	// each other in a circle.
	slices.SortStableFunc(g.responses, func(a, b response) int {
		return cmp.Or(slices.Compare(a.Treatment[:], b.Treatment[:]), cmp.Compare(a.Type, b.Type))
	})
	return g, nil
}

func columnsOf(columns map[string]any) (string, error) {
	if len(columns) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(columns)
	return string(text), err
}

// write is the transaction. It holds the lock before it draws the first number of the
// sequence, and before it looks for what is not to be cleaned away meanwhile:
// responses. Blocks take it themselves.
func (g *group) write(ctx context.Context, tx *sqlx.Tx) error {
	if g.again || len(g.responses) > 0 {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(`SELECT pg_advisory_xact_lock_shared(%d)`, historyLock)); err != nil {
			return fmt.Errorf("take the lock of the history: %w", err)
		}
	}
	g.fresh = nil
	if len(g.contacts) > 0 {
		if err := g.writeContacts(ctx, tx); err != nil {
			return err
		}
		if err := g.useReservations(ctx, tx); err != nil {
			return err
		}
	}
	if len(g.responses) > 0 {
		if err := g.findContacts(ctx, tx); err != nil {
			return err
		}
		if err := g.writeResponses(ctx, tx); err != nil {
			return err
		}
	}
	if err := g.writePast(ctx, tx); err != nil {
		return err
	}
	return g.writeAlso(ctx, tx)
}

// writeAlso comes last, with all that is new.
func (g *group) writeAlso(ctx context.Context, tx *sqlx.Tx) error {
	if g.also == nil {
		return nil
	}
	var answers []history.Answer
	for _, r := range g.responses {
		if r.fresh {
			answers = append(answers, history.Answer{Response: r.Response, Contact: r.contact})
		}
	}
	write := g.also(g.fresh, answers)
	if write == nil {
		return nil
	}
	return write(ctx, tx)
}

// answers are what became of the responses, batch by batch.
func (g *group) answers() [][]history.Kept {
	answers := make([][]history.Kept, len(g.batches))
	for i := range g.batches {
		answers[i] = make([]history.Kept, len(g.batches[i].Responses))
	}
	for _, r := range g.responses {
		for i, at := range r.asked {
			kept := r.kept
			if i > 0 && kept.State == history.Recorded {
				kept.State = history.Repeated
			}
			answers[at.batch][at.index] = kept
		}
	}
	return answers
}
