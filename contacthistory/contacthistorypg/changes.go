package contacthistorypg

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/tenants"
)

// Changes implements contacthistory.Store.
func (s *Store) Changes(ctx context.Context, tenant tenants.TenantID, q contacthistory.ChangeQuery) (contacthistory.ChangePage, error) {
	if q.Limit < 1 || q.Limit > contacthistory.MaxChanges {
		return contacthistory.ChangePage{}, fault.New(fault.Invalid, "bad-limit", "the limit is %d, expected 1 to %d", q.Limit, contacthistory.MaxChanges)
	}
	page := contacthistory.ChangePage{}
	err := s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		// Up to here all is there. Rows that come while this reads are for the next
		// page.
		last, err := controldb.Many[int64](ctx, tx, `SELECT position FROM history_positions WHERE tenant_id = $1`, tenant)
		if err != nil {
			return err
		}
		end := int64(0)
		if len(last) > 0 {
			end = last[0]
		}
		if q.After > end {
			return fault.New(fault.Conflict, "position-unknown",
				"the history ends before that cursor: it was restored to an older state; begin anew, without a cursor")
		}
		page = contacthistory.ChangePage{Next: end}
		statement, args := changeStatement(tenant, q, end)
		rows, err := controldb.Many[changeRow](ctx, tx, statement, args...)
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows, page.More = rows[:q.Limit], true
			page.Next = rows[q.Limit-1].Position
		}
		page.Changes = make([]contacthistory.Change, len(rows))
		for i, r := range rows {
			if page.Changes[i], err = r.change(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return contacthistory.ChangePage{}, fmt.Errorf("read the history: %w", err)
	}
	return page, nil
}

// changeSelects read the rows of each kind; those of contacts name the columns.
var changeSelects = map[contacthistory.Kind]string{
	contacthistory.ContactKind: `SELECT position, 'contact' AS kind, group_id, channel, treatment, session, at, columns,
			level, customer, offer, point, zone, strategy, rule, segment, score, source, learning, propensity, deployment, hash,
			'' AS type, class, '' AS posted_in, false AS cross_session
		FROM (SELECT *, '' AS class FROM contact_history) c`,
	contacthistory.ResponseKind: `SELECT position, 'response', group_id, channel, treatment, session, at, columns,
			level, customer, offer, '', '', '', '', '', 0, '', '', 0, 0, '',
			type, class, posted_in, cross_session
		FROM response_history`,
	contacthistory.OrphanKind: `SELECT position, 'orphan', group_id, channel, treatment, session, at, columns,
			'', '', '', '', '', '', '', '', 0, '', '', 0, 0, '',
			type, class, channel, false
		FROM orphan_history`,
}

// changeStatement reads one row more than wanted.
func changeStatement(tenant tenants.TenantID, q contacthistory.ChangeQuery, end int64) (statement string, args []any) {
	args = []any{tenant, q.After, end, q.Limit + 1}
	conditions := ` WHERE tenant_id = $1 AND position > $2 AND position <= $3`
	narrow := func(condition string, value any) string {
		args = append(args, value)
		return fmt.Sprintf(" AND %s $%d", condition, len(args))
	}
	if q.Channel != "" {
		conditions += narrow("channel =", q.Channel)
	}
	if !q.From.IsZero() {
		conditions += narrow("at >=", q.From)
	}
	if !q.To.IsZero() {
		conditions += narrow("at <", q.To)
	}
	if q.Class != "" {
		conditions += narrow("class =", string(q.Class))
	}
	var selects []string
	for _, kind := range []contacthistory.Kind{contacthistory.ContactKind, contacthistory.ResponseKind, contacthistory.OrphanKind} {
		if len(q.Kinds) == 0 || slices.Contains(q.Kinds, kind) {
			selects = append(selects, "("+changeSelects[kind]+conditions+" ORDER BY position LIMIT $4)")
		}
	}
	// The names of the columns are those of the first select.
	names := "position, kind, group_id, channel, treatment, session, at, columns, level, customer, offer, point, zone, strategy, rule, segment, " +
		"score, source, learning, propensity, deployment, hash, type, class, posted_in, cross_session"
	return "SELECT * FROM (" + strings.Join(selects, " UNION ALL ") + ") AS h (" + names + ") ORDER BY position LIMIT $4", args
}

type changeRow struct {
	Position     int64                 `db:"position"`
	Kind         contacthistory.Kind   `db:"kind"`
	Group        tenants.ServerGroupID `db:"group_id"`
	Channel      tenants.Name          `db:"channel"`
	Treatment    uuid.UUID             `db:"treatment"`
	Session      string                `db:"session"`
	At           time.Time             `db:"at"`
	Columns      []byte                `db:"columns"`
	Level        string                `db:"level"`
	Customer     string                `db:"customer"`
	Offer        string                `db:"offer"`
	Point        string                `db:"point"`
	Zone         string                `db:"zone"`
	Strategy     string                `db:"strategy"`
	Rule         string                `db:"rule"`
	Segment      string                `db:"segment"`
	Score        float64               `db:"score"`
	Source       string                `db:"source"`
	Learning     string                `db:"learning"`
	Propensity   float64               `db:"propensity"`
	Deployment   int64                 `db:"deployment"`
	Hash         string                `db:"hash"`
	Type         string                `db:"type"`
	Class        string                `db:"class"`
	PostedIn     string                `db:"posted_in"`
	CrossSession bool                  `db:"cross_session"`
}

func (r changeRow) change() (contacthistory.Change, error) {
	columns, err := readColumns(r.Columns)
	if err != nil {
		return contacthistory.Change{}, err
	}
	c := contacthistory.Change{Position: r.Position, Group: r.Group, Channel: r.Channel}
	response := history.Response{
		Treatment: history.Treatment(r.Treatment), Type: r.Type, Class: history.Class(r.Class), Session: r.Session, Channel: r.PostedIn,
		At: r.At.UTC(), Columns: columns,
	}
	switch r.Kind {
	case contacthistory.ContactKind:
		c.Contact = &history.Contact{
			Treatment: history.Treatment(r.Treatment), Session: r.Session, Channel: r.Channel, Point: r.Point, Zone: r.Zone, Level: r.Level,
			Customer: r.Customer, Offer: r.Offer, Strategy: r.Strategy, Rule: r.Rule, Segment: r.Segment, Score: r.Score,
			Source: decision.Source(r.Source), Learning: r.Learning, Propensity: r.Propensity, Deployment: r.Deployment, Hash: r.Hash,
			At: r.At.UTC(), Columns: columns,
		}
	case contacthistory.ResponseKind:
		c.Response = &history.RecordedResponse{Response: response, Level: r.Level, Customer: r.Customer, Offer: r.Offer, CrossSession: r.CrossSession}
	case contacthistory.OrphanKind:
		c.Orphan = &response
	}
	return c, nil
}

// readColumns leaves numbers as they are written.
func readColumns(text []byte) (map[string]any, error) {
	var columns map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&columns); err != nil {
		return nil, fmt.Errorf("read further columns: %w", err)
	}
	if len(columns) == 0 {
		return nil, nil //nolint:nilnil // none is what was written
	}
	return columns, nil
}
