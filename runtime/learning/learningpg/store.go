package learningpg

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/learning"
)

var _ learning.Source = (*Store)(nil)

// Store implements learning.Source.
type Store struct{ db *sqlx.DB }

// New returns a store over the group's database; the pool is lent.
func New(db *sqlx.DB) *Store { return &Store{db: db} }

// row is one of learning_statistics.
type row struct {
	Model         string    `db:"model"`
	Key           string    `db:"key"`
	Offer         string    `db:"offer"`
	Cell          int       `db:"cell"`
	Presentations float64   `db:"presentations"`
	Weight        float64   `db:"weight"`
	Accepted      float64   `db:"accepted"`
	Moments       []byte    `db:"moments"`
	At            time.Time `db:"at"`
	Revision      int64     `db:"revision"`
}

const columns = `model, key, offer, cell, presentations, weight, accepted, moments, at, revision`

func (r *row) learned() learning.Row {
	made := learning.Row{Offer: r.Offer, Cell: r.Cell, Presentations: r.Presentations, Weight: r.Weight, Accepted: r.Accepted, At: r.At.UTC()}
	for at := 0; at+8 <= len(r.Moments); at += 8 {
		made.Moments = append(made.Moments, math.Float64frombits(binary.LittleEndian.Uint64(r.Moments[at:])))
	}
	return made
}

func written(moments []float64) []byte {
	text := make([]byte, 0, 8*len(moments))
	for _, m := range moments {
		text = binary.LittleEndian.AppendUint64(text, math.Float64bits(m))
	}
	return text
}

// page bounds the rows that are read at once.
const page = 5_000

// Read implements learning.Source. Rows beyond the first page come with the next
// call.
func (s *Store) Read(ctx context.Context, model, key string, after int64) ([]learning.Row, int64, error) {
	var rows []row
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT `+columns+` FROM learning_statistics WHERE model = $1 AND key = $2 AND revision > $3 ORDER BY revision LIMIT $4`,
		model, key, after, page); err != nil {
		return nil, 0, fmt.Errorf("read learning statistics: %w", postgres.Classify(err))
	}
	made := make([]learning.Row, len(rows))
	for i := range rows {
		made[i], after = rows[i].learned(), rows[i].Revision
	}
	return made, after, nil
}
