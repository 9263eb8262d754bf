package historypg

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
)

// storedBlock reads the lines of a block.
type storedBlock struct {
	lines string
	texts []string // nil until they are needed
}

var errBlock = errors.New("a block of contacts is malformed")

// find returns one contact, nil where the block does not have it.
func (b *storedBlock) find(t history.Treatment) (*history.Contact, error) {
	_, from, ok := strings.Cut(b.lines, string(appendTreatment([]byte(lineStart), t))+`"`)
	if !ok {
		return nil, nil //nolint:nilnil // it is somewhere else, or nowhere
	}
	rest, _, _ := strings.Cut(from, "\n")
	return b.contact(`["` + t.String() + `"` + rest)
}

// all returns the contacts in their order.
func (b *storedBlock) all() (contacts []*history.Contact, err error) {
	lines := strings.Split(b.lines, "\n")
	contacts = make([]*history.Contact, 0, len(lines)-1)
	for _, line := range lines[1:] {
		c, err := b.contact(line)
		if err != nil {
			return nil, err
		}
		contacts = append(contacts, c)
	}
	return contacts, nil
}

// contact reads a line.
func (b *storedBlock) contact(line string) (*history.Contact, error) {
	if b.texts == nil {
		first, _, _ := strings.Cut(b.lines, "\n")
		if err := json.Unmarshal([]byte(first), &b.texts); err != nil {
			return nil, errors.Join(errBlock, err)
		}
	}
	var c history.Contact
	var treatment uuid.UUID
	var places [texts]int
	var at int64
	var columns json.RawMessage
	fields := [...]any{0: &treatment, texts + 1: &c.Score, texts + 2: &c.Propensity, texts + 3: &c.Deployment, texts + 4: &at, texts + 5: &columns}
	for i := range places {
		fields[i+1] = &places[i]
	}
	// Each element is read into what its field points to; those that are missing
	// make their fields nil.
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		return nil, errors.Join(errBlock, err)
	}
	if fields[len(fields)-1] == nil {
		return nil, fmt.Errorf("%w: a contact has too few fields, expected %d", errBlock, len(fields))
	}
	var of [texts]string
	for i, place := range places {
		if place < 0 || place >= len(b.texts) {
			return nil, fmt.Errorf("%w: a contact has the text %d of %d", errBlock, place, len(b.texts))
		}
		of[i] = b.texts[place]
	}
	c.Treatment, c.At = history.Treatment(treatment), time.UnixMicro(at).UTC()
	c.Session, c.Channel, c.Point, c.Zone, c.Level, c.Customer, c.Offer = of[0], of[1], of[2], of[3], of[4], of[5], of[6]
	c.Strategy, c.Rule, c.Segment, c.Source, c.Learning, c.Hash = of[7], of[8], of[9], decision.Source(of[10]), of[11], of[12]
	var err error
	c.Columns, err = readColumns(columns)
	return &c, err
}
