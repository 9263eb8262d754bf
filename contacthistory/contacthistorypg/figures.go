package contacthistorypg

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// selected are the contacts of a report, with what is summed up.
const selected = `
	WITH selected AS (
		SELECT offer, segment, at, seen_at, accepted_at, rejected_at,
			CASE WHEN source = 'learning' THEN 'learned' WHEN source IN ('rule', 'expression') THEN 'marketer' ELSE 'other' END AS origin
		FROM contact_history
		WHERE tenant_id = $1 AND channel = $2 AND at >= $3 AND at < $4 AND ($5::uuid IS NULL OR group_id = $5) AND ($6 = '' OR segment = $6)
	)`

const sums = `count(*) AS presented, count(seen_at) AS seen, count(accepted_at) AS accepted, count(rejected_at) AS rejected`

type outcomesRow struct {
	Presented int64 `db:"presented"`
	Seen      int64 `db:"seen"`
	Accepted  int64 `db:"accepted"`
	Rejected  int64 `db:"rejected"`
}

type figuresRow struct {
	Offer   string                `db:"offer"`
	Segment tenants.Name          `db:"segment"`
	Origin  contacthistory.Origin `db:"origin"`
	outcomesRow
}

type periodRow struct {
	Period int                   `db:"period"`
	Origin contacthistory.Origin `db:"origin"`
	outcomesRow
}

// Figures implements contacthistory.Store. Its parts may be some batches of a
// transfer apart.
func (s *Store) Figures(ctx context.Context, tenant tenants.TenantID, q contacthistory.ReportQuery, limit int) (contacthistory.Figures, error) {
	f := contacthistory.Figures{}
	err := s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		f = contacthistory.Figures{}
		args := []any{tenant, q.Channel, q.From, q.To, postgres.Nullable(string(q.Group)), q.Segment}
		if err := rowsOf(ctx, tx, &f, args, limit); err != nil {
			return err
		}
		if err := periodsOf(ctx, tx, &f, args); err != nil {
			return err
		}
		return responsesOf(ctx, tx, &f, args)
	})
	if err != nil {
		return contacthistory.Figures{}, fmt.Errorf("figures of channel %s: %w", q.Channel, err)
	}
	return f, nil
}

func rowsOf(ctx context.Context, tx *sqlx.Tx, f *contacthistory.Figures, args []any, limit int) error {
	rows, err := controldb.Many[figuresRow](ctx, tx, selected+`
		SELECT offer, segment, origin, `+sums+` FROM selected GROUP BY offer, segment, origin ORDER BY offer, segment, origin LIMIT $7`,
		append(args, limit+1)...)
	if err != nil {
		return err
	}
	if len(rows) > limit {
		return fault.New(fault.TooLarge, "report-too-large", "the report has more than %d rows: narrow it to a segment or a shorter time", limit)
	}
	for _, r := range rows {
		f.Rows = append(f.Rows, contacthistory.Row{Offer: r.Offer, Segment: r.Segment, Origin: r.Origin, Outcomes: contacthistory.Outcomes(r.outcomesRow)})
	}
	return nil
}

func periodsOf(ctx context.Context, tx *sqlx.Tx, f *contacthistory.Figures, args []any) error {
	rows, err := controldb.Many[periodRow](ctx, tx, selected+`
		SELECT width_bucket(extract(epoch FROM at), extract(epoch FROM $3::timestamptz), extract(epoch FROM $4::timestamptz), $7) - 1 AS period,
			origin, `+sums+` FROM selected GROUP BY period, origin ORDER BY period, origin`, append(args, contacthistory.Periods)...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f.Periods = append(f.Periods, contacthistory.PeriodRow{Period: r.Period, Origin: r.Origin, Outcomes: contacthistory.Outcomes(r.outcomesRow)})
	}
	return nil
}

// responsesOf counts responses by the time when they came. An orphan has no
// segment: those of a segment are not known.
func responsesOf(ctx context.Context, tx *sqlx.Tx, f *contacthistory.Figures, args []any) error {
	type counts struct {
		Responses    int64 `db:"responses"`
		CrossSession int64 `db:"cross_session"`
		Orphans      int64 `db:"orphans"`
	}
	row, err := controldb.One[counts](ctx, tx, nil, `
		SELECT r.responses, r.cross_session, o.orphans FROM (
			SELECT count(*) AS responses, count(*) FILTER (WHERE r.cross_session) AS cross_session
			FROM response_history r JOIN contact_history c USING (tenant_id, treatment)
			WHERE r.tenant_id = $1 AND r.channel = $2 AND r.at >= $3 AND r.at < $4 AND ($5::uuid IS NULL OR c.group_id = $5)
				AND ($6 = '' OR c.segment = $6)
		) r, (
			SELECT count(*) AS orphans FROM orphan_history
			WHERE tenant_id = $1 AND channel = $2 AND at >= $3 AND at < $4 AND ($5::uuid IS NULL OR group_id = $5) AND $6 = ''
		) o`, args...)
	f.Responses, f.CrossSession, f.Orphans = row.Responses, row.CrossSession, row.Orphans
	return err
}
