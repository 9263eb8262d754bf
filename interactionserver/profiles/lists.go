package profiles

import (
	"fmt"
	"slices"

	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
)

// Bounds of the texts of a list's row, in bytes.
const (
	maxName      = 200
	maxCondition = 4096
)

// listColumns are those of a list beside the key of its level, as attributes. The
// offer of a default is its key.
func listColumns(list customer.List) []definition.Attribute {
	offer := definition.Attribute{Name: "offer", Type: definition.Text}
	score := definition.Attribute{Name: "score", Type: definition.Number}
	switch list {
	case customer.OverrideList:
		return []definition.Attribute{
			offer, score, {Name: "adds", Type: definition.Boolean}, {Name: "final", Type: definition.Boolean},
			{Name: "zone", Type: definition.Text}, {Name: "segment", Type: definition.Text}, {Name: "when", Type: definition.Text},
		}
	case customer.DefaultList:
		return []definition.Attribute{score}
	default:
		return []definition.Attribute{offer}
	}
}

// ListReader reads rows of a list out of a CSV text: a header with the attributes of
// the level's key and the columns of the list, then a row for each.
type ListReader struct {
	rows *Reader
	list customer.List
}

// NewListReader reads the header; errors are those of NewReader.
func NewListReader(text string, level definition.AudienceLevel, list customer.List) (*ListReader, error) {
	columns := listColumns(list)
	read := definition.AudienceLevel{Key: level.Key, Profile: columns}
	if list == customer.DefaultList {
		read.Key = []definition.Attribute{{Name: "offer", Type: definition.Text}}
	}
	for _, a := range columns {
		if slices.ContainsFunc(read.Key, func(k definition.Attribute) bool { return k.Name == a.Name }) {
			return nil, malformed(1, "the key of the level has an attribute %s, as the list has a column: it cannot be loaded", a.Name)
		}
	}
	rows, err := NewReader(text, read)
	if err != nil {
		return nil, err
	}
	return &ListReader{rows: rows, list: list}, nil
}

// Unknown are the names in the header that the list does not have.
func (r *ListReader) Unknown() []string { return r.rows.Unknown() }

// Problems are the broken rows up to now.
func (r *ListReader) Problems() Problems { return r.rows.Problems() }

// Refuse notes a row as broken that nobody could know before.
func (r *ListReader) Refuse(line int, message string) {
	r.rows.problems.Add(Problem{Line: line, Message: message})
}

// Next returns the next row that is not broken and where it begins, or false at the
// end.
func (r *ListReader) Next() (e customer.Entry, line int, ok bool) {
	for {
		p, ok := r.rows.Next()
		if !ok {
			return customer.Entry{}, 0, false
		}
		e, err := r.entry(p)
		if err == nil {
			return e, r.rows.line, true
		}
		r.Refuse(r.rows.line, err.Error())
	}
}

func (r *ListReader) entry(p Profile) (e customer.Entry, err error) {
	text := func(name string, most int) (value string) {
		value, _ = p.Attributes[name].(string)
		if len(value) > most && err == nil {
			err = fmt.Errorf("%s has %d bytes, at most %d are allowed", name, len(value), most)
		}
		return value
	}
	e = customer.Entry{Customer: p.Key, Override: customer.Override{Offer: text("offer", maxName), Zone: text("zone", maxName),
		Segment: text("segment", maxName), When: text("when", maxCondition)}}
	e.Adds, _ = p.Attributes["adds"].(bool)
	e.Final, _ = p.Attributes["final"].(bool)
	if r.list == customer.DefaultList {
		e.Customer = ""
	}
	if err == nil && e.Offer == "" {
		err = fmt.Errorf("offer: expected the code of an offer")
	}
	if score, ok := p.Attributes["score"].(float64); ok {
		e.Score = score
	} else if err == nil && r.list != customer.BlockList {
		err = fmt.Errorf("score: expected a number")
	}
	return e, err
}
