package contacthistorypg

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/tenants"
)

// Move implements contacthistory.Store.
func (s *Store) Move(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, from, to contacthistory.Watermark, entries []history.Entry) (contacthistory.Counts, error) {
	counts, err := s.move(ctx, tenant, group, from, to, entries, false)
	if postgres.IsUniqueViolation(err, "contact_history_pkey") {
		counts, err = s.move(ctx, tenant, group, from, to, entries, true)
	}
	if err != nil {
		return contacthistory.Counts{}, fmt.Errorf("write %d rows of the history: %w", len(entries), err)
	}
	return counts, nil
}

// move fails where a contact is there already and none may be.
func (s *Store) move(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID, from, to contacthistory.Watermark, entries []history.Entry, some bool) (contacthistory.Counts, error) {
	var m *move
	err := s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) (err error) {
		if m, err = newMove(tenant, group, to.Epoch, entries); err != nil {
			return err
		}
		m.some = some
		if err := m.moveWatermark(ctx, tx, from, to); err != nil || len(entries) == 0 {
			return err
		}
		for _, write := range []func(context.Context, *sqlx.Tx) error{
			m.takePositions, m.writeContacts, m.adoptOrphans, m.writeResponses, m.writeOrphans, m.noteOutcomes, m.count,
		} {
			if err := write(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return contacthistory.Counts{}, err
	}
	return m.counts, nil
}

// move is what one transaction writes. Positions follow the order of the group's
// sequence.
type move struct {
	tenant tenants.TenantID
	group  tenants.ServerGroupID
	epoch  int64
	size   int
	some   bool // some of the contacts may be there: that costs more

	contacts  rows
	responses rows // with contacts, as the group knows it
	orphans   rows

	base    int64 // position before the first row
	outcome outcomes
	counts  contacthistory.Counts
}

// rows are columns of a table, and the place of each row in its batch.
type rows struct {
	places  []int64
	texts   map[string][]string
	numbers map[string][]float64
	counts  map[string][]int64 // also times, in microseconds since 1970
	flags   map[string][]bool
}

func newRows() rows {
	return rows{texts: map[string][]string{}, numbers: map[string][]float64{}, counts: map[string][]int64{}, flags: map[string][]bool{}}
}

func (r *rows) text(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		r.texts[pairs[i]] = append(r.texts[pairs[i]], pairs[i+1])
	}
}

func newMove(tenant tenants.TenantID, group tenants.ServerGroupID, epoch int64, entries []history.Entry) (*move, error) {
	m := &move{
		tenant: tenant, group: group, epoch: epoch, size: len(entries),
		contacts: newRows(), responses: newRows(), orphans: newRows(), outcome: outcomes{},
	}
	for place, e := range entries {
		var err error
		switch {
		case e.Contact != nil:
			err = m.contacts.contact(int64(place), e.Contact)
		case e.Response != nil:
			err = m.responses.response(int64(place), &e.Response.Response)
			m.responses.text("level", e.Response.Level, "customer", e.Response.Customer, "offer", e.Response.Offer)
			m.responses.flags["cross_session"] = append(m.responses.flags["cross_session"], e.Response.CrossSession)
		default:
			err = m.orphans.response(int64(place), e.Orphan)
		}
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (r *rows) contact(place int64, c *history.Contact) error {
	r.places = append(r.places, place)
	r.text("treatment", c.Treatment.String(), "session", c.Session, "channel", c.Channel, "point", c.Point, "zone", c.Zone, "level", c.Level,
		"customer", c.Customer, "offer", c.Offer, "strategy", c.Strategy, "rule", c.Rule, "segment", c.Segment, "source", string(c.Source),
		"learning", c.Learning, "hash", c.Hash)
	r.numbers["score"] = append(r.numbers["score"], c.Score)
	r.numbers["propensity"] = append(r.numbers["propensity"], c.Propensity)
	r.counts["deployment"] = append(r.counts["deployment"], c.Deployment)
	r.counts["at"] = append(r.counts["at"], c.At.UnixMicro())
	return r.columns(c.Columns)
}

func (r *rows) response(place int64, v *history.Response) error {
	r.places = append(r.places, place)
	r.text("treatment", v.Treatment.String(), "type", v.Type, "class", string(v.Class), "session", v.Session, "channel", v.Channel)
	r.counts["at"] = append(r.counts["at"], v.At.UnixMicro())
	return r.columns(v.Columns)
}

func (r *rows) columns(columns map[string]any) error {
	text := []byte("{}")
	if len(columns) > 0 {
		var err error
		if text, err = json.Marshal(columns); err != nil {
			return fmt.Errorf("further columns: %w", err)
		}
	}
	r.text("columns", string(text))
	return nil
}

// moveWatermark goes first: of two transfers at a time the later one stops here.
func (m *move) moveWatermark(ctx context.Context, tx *sqlx.Tx, from, to contacthistory.Watermark) error {
	statement := `UPDATE history_sources SET epoch = $3, read_to = $4, mark = $5, moved_at = now(),
			began_at = CASE WHEN epoch = $3 THEN began_at ELSE now() END
		WHERE tenant_id = $1 AND group_id = $2 AND epoch = $6 AND read_to = $7 AND mark = $8`
	args := []any{m.tenant, m.group, to.Epoch, to.ReadTo, to.Mark, from.Epoch, from.ReadTo, from.Mark}
	if from == (contacthistory.Watermark{}) {
		statement = `INSERT INTO history_sources (tenant_id, group_id, epoch, read_to, mark, contacts, responses, orphans, began_at, moved_at)
			VALUES ($1, $2, $3, $4, $5, 0, 0, 0, now(), now()) ON CONFLICT DO NOTHING`
		args = args[:5]
	}
	moved, err := controldb.Exec(ctx, tx, statement, args...)
	if err != nil {
		return fmt.Errorf("move the watermark: %w", err)
	}
	if moved == 0 {
		return fault.New(fault.Conflict, "watermark-moved", "another transfer has moved the watermark of this group meanwhile")
	}
	return nil
}

// takePositions takes one for each row; some may be left.
func (m *move) takePositions(ctx context.Context, tx *sqlx.Tx) (err error) {
	m.base, err = m.positions(ctx, tx, m.size)
	return err
}

// positions takes some and returns the one before the first.
func (m *move) positions(ctx context.Context, tx *sqlx.Tx, n int) (base int64, err error) {
	err = tx.GetContext(ctx, &base, `INSERT INTO history_positions AS p (tenant_id, position) VALUES ($1, $2)
		ON CONFLICT (tenant_id) DO UPDATE SET position = p.position + excluded.position RETURNING position - $2`, m.tenant, n)
	if err != nil {
		return 0, fmt.Errorf("take positions: %w", err)
	}
	return base, nil
}

func (m *move) count(ctx context.Context, tx *sqlx.Tx) error {
	_, err := controldb.Exec(ctx, tx, `UPDATE history_sources SET contacts = contacts + $3, responses = responses + $4, orphans = orphans + $5
		WHERE tenant_id = $1 AND group_id = $2`, m.tenant, m.group, m.counts.Contacts, m.counts.Responses, m.counts.Orphans)
	return err
}

// unnested are the arguments of a statement that inserts rows, after the four that
// all have: tenant, group, epoch and base.
func (m *move) unnested(r rows, texts ...string) []any {
	args := []any{m.tenant, m.group, m.epoch, m.base, pq.Array(r.places)}
	for _, name := range texts {
		args = append(args, pq.Array(r.texts[name]))
	}
	return args
}
