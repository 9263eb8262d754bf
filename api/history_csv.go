package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/rest"
)

const csvType = "text/csv"

type exportInput struct {
	InChannel
	After string    `query:"after" maxLength:"1024" doc:"Where to go on: header Next-Cursor of the part before."`
	Limit int       `query:"limit" minimum:"1" maximum:"10000" default:"10000" doc:"How many rows at most."`
	From  time.Time `query:"from" doc:"Rows of this time and later ones."`
	To    time.Time `query:"to" doc:"Rows before this time."`
}

var (
	contactHead = []string{
		"treatment", "at", "solution", "group", "channel", "session", "level", "customer", "offer", "point", "zone", "strategy", "rule",
		"segment", "score", "source", "learning", "propensity", "deployment", "hash", "columns",
	}
	responseHead = []string{
		"kind", "treatment", "type", "class", "at", "solution", "group", "channel", "posted_in", "session", "cross_session", "level",
		"customer", "offer", "columns",
	}
)

func (h *handlers) exportContacts(ctx context.Context, in *exportInput) (*rest.File, error) {
	return h.export(ctx, in, "contacts", []contacthistory.Kind{contacthistory.ContactKind}, contactHead, func(c client.HistoryChange) []string {
		return []string{
			c.Treatment, stamp(c.At), c.Solution, c.Group, c.Channel, c.Session, c.Level, c.Customer, c.Offer, c.Point, c.Zone, c.Strategy,
			c.Rule, c.Segment, decimal(*c.Score), c.Source, c.Learning, decimal(*c.Propensity), strconv.FormatInt(c.Deployment, 10), c.Hash,
			further(c.Columns),
		}
	})
}

func (h *handlers) exportResponses(ctx context.Context, in *exportInput) (*rest.File, error) {
	kinds := []contacthistory.Kind{contacthistory.ResponseKind, contacthistory.OrphanKind}
	return h.export(ctx, in, "responses", kinds, responseHead, func(c client.HistoryChange) []string {
		return []string{
			c.Kind, c.Treatment, c.Type, c.Class, stamp(c.At), c.Solution, c.Group, c.Channel, c.PostedIn, c.Session,
			strconv.FormatBool(c.CrossSession), c.Level, c.Customer, c.Offer, further(c.Columns),
		}
	})
}

func (h *handlers) export(ctx context.Context, in *exportInput, name string, kinds []contacthistory.Kind, head []string, row func(client.HistoryChange) []string) (*rest.File, error) {
	tenant, err := h.tenantWithChannel(ctx, in.Tenant, in.Channel)
	if err != nil {
		return nil, err
	}
	q := contacthistory.ChangeQuery{Channel: in.Channel, Limit: in.Limit, Kinds: kinds, From: in.From, To: in.To}
	if q.After, err = positionOf(in.After); err != nil {
		return nil, err
	}
	page, err := h.History.Changes(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	changes, err := h.changeShapes(ctx, tenant, page)
	if err != nil {
		return nil, err
	}
	table := newTable(head)
	for _, c := range changes {
		table.row(row(c))
	}
	file := &rest.File{Name: in.Channel + "-" + name + ".csv", Content: table.bytes()}
	if page.More {
		file.Next = rest.EncodeCursor(string(historyListing), page.Next)
	}
	return file, nil
}

// table writes CSV.
type table struct {
	text   bytes.Buffer
	writer *csv.Writer
}

func newTable(head []string) *table {
	t := &table{}
	t.writer = csv.NewWriter(&t.text)
	t.writer.UseCRLF = true
	t.row(head)
	return t
}

// row writes cells. Those that a spreadsheet would run as a formula it is to show.
func (t *table) row(cells []string) {
	for i, cell := range cells {
		if isFormula(cell) {
			cells[i] = "'" + cell
		}
	}
	_ = t.writer.Write(cells) // into memory
}

func (t *table) bytes() []byte {
	t.writer.Flush()
	return t.text.Bytes()
}

func isFormula(cell string) bool {
	if cell == "" {
		return false
	}
	switch cell[0] {
	case '=', '@', '\t', '\r', '\n':
		return true
	case '+', '-':
		_, err := strconv.ParseFloat(cell, 64)
		return err != nil
	}
	return false
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

func decimal(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }

// further are the further columns, as JSON.
func further(columns map[string]any) string {
	if len(columns) == 0 {
		return ""
	}
	text, err := json.Marshal(columns)
	if err != nil { // they came from JSON
		panic(err)
	}
	return string(text)
}
