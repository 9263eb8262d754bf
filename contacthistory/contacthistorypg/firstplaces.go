package contacthistorypg

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/learning"
	"github.com/switchyard/switchyard/tenants"
)

type firstPlaceRow struct {
	At       time.Time `db:"at"`
	Visitor  string    `db:"visitor"`
	Offer    string    `db:"offer"`
	Accepted bool      `db:"accepted"`
	Choice   string    `db:"choice"`
}

// FirstPlaces implements contacthistory.Store. The fourth part of a choice has the
// visitor's segments.
func (s *Store) FirstPlaces(ctx context.Context, tenant tenants.TenantID, q contacthistory.ReportQuery, limit int) ([]contacthistory.FirstPlace, error) {
	var rows []firstPlaceRow
	err := s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) (err error) {
		rows, err = controldb.Many[firstPlaceRow](ctx, tx, `
			SELECT at, CASE WHEN customer = '' THEN 'session ' || session ELSE level || ' ' || customer END AS visitor, offer,
				accepted_at IS NOT NULL AS accepted, columns ->> $7 AS choice
			FROM contact_history
			WHERE tenant_id = $1 AND channel = $2 AND at >= $3 AND at < $4 AND ($5::uuid IS NULL OR group_id = $5)
				AND learning <> '' AND octet_length(columns ->> $7) <= $8
				AND ($6 = '' OR $6 = ANY (string_to_array(split_part(columns ->> $7, ' ', 4), ',')))
			ORDER BY at DESC, position DESC LIMIT $9`,
			tenant, q.Channel, q.From, q.To, postgres.Nullable(string(q.Group)), q.Segment, learning.ChoiceColumn, learning.MaxChoice, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("first places of channel %s: %w", q.Channel, err)
	}
	first := make([]contacthistory.FirstPlace, len(rows))
	for i, r := range rows {
		first[i] = contacthistory.FirstPlace(r)
		first[i].At = r.At.UTC()
	}
	return first, nil
}
