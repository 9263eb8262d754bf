package customer

import "context"

// List is a kind of list that is loaded row by row.
type List string

// The closed set of lists.
const (
	OverrideList List = "overrides"
	BlockList    List = "blocks"
	// DefaultList has the default offers of an audience level, of no customer alone.
	DefaultList List = "defaults"
)

// Entry is a row of a list. A block has an offer alone, a default an offer and a
// score.
type Entry struct {
	Customer string // canonical key; empty of a default
	Override
}

// ListLoader adds to lists.
type ListLoader interface {
	// Add adds rows to a list, all of them or none, but for those that are beyond the
	// bounds of a customer or a level: it returns their places. What is there already
	// is replaced: an override of the same offer, zone, segment and condition, which
	// keeps its place; a block or a default of the same offer. New overrides come
	// after those that are there. Adding the same again changes nothing.
	Add(ctx context.Context, level string, list List, entries []Entry) (refused []int, err error)
}
