package rehearsal

import (
	"context"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/runtime/definition"
)

// source are the profiles of a run.
type source interface {
	// next returns at most n profiles, none at the end.
	next(ctx context.Context, n int) ([]profiles.Profile, error)
	// rows is how many were read, those included that were broken.
	rows() int
	problems() profiles.Problems
	unknown() []string
}

// csvSource reads a CSV text.
type csvSource struct {
	reader *profiles.Reader
	good   int
}

func (s *csvSource) next(ctx context.Context, n int) ([]profiles.Profile, error) {
	part := make([]profiles.Profile, 0, n)
	for len(part) < n && s.rows() < profiles.MaxRead {
		p, ok := s.reader.Next()
		if !ok {
			break
		}
		s.good++
		part = append(part, p)
	}
	return part, ctx.Err()
}

func (s *csvSource) rows() int                   { return s.good + s.reader.Problems().Count }
func (s *csvSource) problems() profiles.Problems { return s.reader.Problems() }
func (s *csvSource) unknown() []string           { return s.reader.Unknown() }

// tableSource reads the table, in the order of keys.
type tableSource struct {
	table  profiles.Source
	name   string
	level  definition.AudienceLevel
	limit  int
	after  string
	read   int
	broken profiles.Problems
}

func (s *tableSource) next(ctx context.Context, n int) ([]profiles.Profile, error) {
	for s.read < s.limit {
		rows, err := s.table.Read(ctx, s.name, s.after, min(n, s.limit-s.read))
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		s.read += len(rows)
		s.after = rows[len(rows)-1].Key
		if part := s.conform(rows); len(part) > 0 {
			return part, nil
		}
	}
	return nil, ctx.Err()
}

func (s *tableSource) conform(rows []profiles.Profile) []profiles.Profile {
	part := rows[:0]
	for _, row := range rows {
		p, err := profiles.Conform(s.level, row)
		if err != nil {
			s.broken.Add(profiles.Problem{Key: row.Key, Message: err.Error()})
			continue
		}
		part = append(part, p)
	}
	return part
}

func (s *tableSource) rows() int                   { return s.read }
func (s *tableSource) problems() profiles.Problems { return s.broken }
func (s *tableSource) unknown() []string           { return nil }
