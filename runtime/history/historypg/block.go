package historypg

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/switchyard/switchyard/internal/jsonappend"
	"github.com/switchyard/switchyard/runtime/history"
)

// Bounds of a block: whoever looks for one contact reads all of it.
const (
	mostOfBlock  = 256
	bytesOfBlock = 128 << 10
)

// texts are the fields of a contact that a line has as places in the block's texts,
// in the order of the line.
const texts = 13

func textsOf(c *history.Contact) [texts]string {
	return [texts]string{
		c.Session, c.Channel, c.Point, c.Zone, c.Level, c.Customer, c.Offer, c.Strategy, c.Rule, c.Segment, string(c.Source), c.Learning, c.Hash,
	}
}

// block is contacts that are written as one row. The row's lines are explained in
// the migration that makes the table.
type block struct {
	first, last history.Treatment
	contacts    int
	at          time.Time // of the latest
	lines       string
}

// blocksOf divides contacts, which are in the order of their treatments.
func blocksOf(contacts []*history.Contact) (blocks []block, err error) {
	for len(contacts) > 0 {
		b, err := blockOf(contacts)
		if err != nil {
			return nil, err
		}
		blocks, contacts = append(blocks, b), contacts[b.contacts:]
	}
	return blocks, nil
}

// blockOf is the first contacts, as many as a block takes.
func blockOf(contacts []*history.Contact) (b block, err error) {
	w := blockWriters.Get().(*blockWriter)
	defer blockWriters.Put(w)
	w.reset()
	n := 0
	for n < len(contacts) && n < mostOfBlock && w.size() < bytesOfBlock {
		c := contacts[n]
		if err := w.write(c); err != nil {
			return b, fmt.Errorf("contact %s: %w", c.Treatment, err)
		}
		if n++; c.At.After(b.at) {
			b.at = c.At
		}
	}
	b.contacts, b.lines = n, w.text()
	b.first, b.last = contacts[0].Treatment, contacts[n-1].Treatment
	return b, nil
}

// blockWriter collects the lines of contacts and the texts that they name.
type blockWriter struct {
	places map[string]int
	texts  []byte
	lines  []byte
	// Of the contact before: most share most texts with it.
	before       [texts]string
	beforePlaces [texts]int
}

var blockWriters = sync.Pool{New: func() any { return &blockWriter{places: map[string]int{}} }}

// reset begins with the empty text, at place 0.
func (w *blockWriter) reset() {
	clear(w.places)
	w.places[""] = 0
	w.texts, w.lines = append(w.texts[:0], `[""`...), w.lines[:0]
	w.before, w.beforePlaces = [texts]string{}, [texts]int{}
}

func (w *blockWriter) size() int { return len(w.texts) + len(w.lines) }

func (w *blockWriter) text() string {
	var all strings.Builder
	all.Grow(w.size() + 1)
	all.Write(w.texts)
	all.WriteByte(']')
	all.Write(w.lines)
	return all.String()
}

func (w *blockWriter) write(c *history.Contact) (err error) {
	to := append(appendTreatment(append(w.lines, lineStart...), c.Treatment), '"')
	for field, text := range textsOf(c) {
		to = strconv.AppendInt(append(to, ','), int64(w.place(field, text)), 10)
	}
	if to, err = jsonappend.Float(append(to, ','), c.Score); err != nil {
		return err
	}
	if to, err = jsonappend.Float(append(to, ','), c.Propensity); err != nil {
		return err
	}
	to = strconv.AppendInt(append(to, ','), c.Deployment, 10)
	to = strconv.AppendInt(append(to, ','), c.At.UnixMicro(), 10)
	if len(c.Columns) == 0 {
		to = append(to, ",{}"...)
	} else if to, err = jsonappend.Object(append(to, ','), c.Columns); err != nil {
		return err
	}
	to = append(to, ']')
	w.lines = to
	return nil
}

// place is where a text stands in the first line.
func (w *blockWriter) place(field int, text string) int {
	if w.before[field] == text {
		return w.beforePlaces[field]
	}
	at, ok := w.places[text]
	if !ok {
		at = len(w.places)
		w.places[text] = at
		w.texts = jsonappend.String(append(w.texts, ','), text)
	}
	w.before[field], w.beforePlaces[field] = text, at
	return at
}

// lineStart is before the treatment of each contact, and nowhere else: a text in
// JSON has no line break.
const lineStart = "\n[\""

// appendTreatment appends a code as Treatment.String writes it.
func appendTreatment(to []byte, t history.Treatment) []byte {
	for i, part := range [...][]byte{t[:4], t[4:6], t[6:8], t[8:10], t[10:]} {
		if i > 0 {
			to = append(to, '-')
		}
		to = hex.AppendEncode(to, part)
	}
	return to
}
