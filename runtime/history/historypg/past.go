package historypg

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/history"
)

// pastKey is the key of customer_offers.
type pastKey struct{ level, customer, offer string }

func (k pastKey) compare(other pastKey) int {
	return cmp.Or(cmp.Compare(k.level, other.level), cmp.Compare(k.customer, other.customer), cmp.Compare(k.offer, other.offer))
}

// happening changes what happened between a customer and an offer.
type happening struct {
	at     time.Time
	change func(*customer.Past)
	timed  bool // a presentation of an offer with a limit within a time
}

// pastRow is a row of customer_offers.
type pastRow struct {
	customer.Past
	version int64
}

// happenings are what is new in this transaction, in the order of its times.
func (g *group) happenings() map[pastKey][]happening {
	all := map[pastKey][]happening{}
	for _, c := range g.fresh {
		if c.Customer != "" {
			key := pastKey{c.Level, c.Customer, c.Offer}
			all[key] = append(all[key], happening{
				at: c.At, change: func(p *customer.Past) { p.Present(c.At, c.PerCustomer) }, timed: c.PerCustomer != nil && c.PerCustomer.For != nil,
			})
		}
	}
	for _, r := range g.responses {
		if !r.fresh || r.kept.Customer == "" {
			continue
		}
		var change func(*customer.Past)
		switch r.Class {
		case history.Accept:
			change = func(p *customer.Past) { p.Accept(r.At) }
		case history.Reject:
			change = func(p *customer.Past) { p.Reject(r.At) }
		case history.Neither:
			change = func(p *customer.Past) { p.Answer(r.At) }
		case history.Seen:
			continue
		}
		key := pastKey{r.kept.Level, r.kept.Customer, r.kept.Offer}
		all[key] = append(all[key], happening{at: r.At, change: change})
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b happening) int { return a.at.Compare(b.at) })
	}
	return all
}

// writePast brings the rows of customers and offers up to date. Each statement makes
// and locks rows in the order of their keys, and the first one that locks some locks
// all: two that write the same rows at a time wait for each other, and never in a
// circle. Rows that are read are not locked before they are written, but for a group
// that was overtaken: it is not overtaken twice.
func (g *group) writePast(ctx context.Context, tx *sqlx.Tx) error {
	news := g.happenings()
	if len(news) == 0 {
		return nil
	}
	keys := slices.SortedFunc(maps.Keys(news), pastKey.compare)
	rows := map[pastKey]pastRow{}
	timed := slices.ContainsFunc(keys, func(key pastKey) bool {
		return slices.ContainsFunc(news[key], func(h happening) bool { return h.timed })
	})
	if timed {
		if g.overtaken {
			if err := takePast(ctx, tx, keys); err != nil {
				return err
			}
		}
		var err error
		if rows, err = readPast(ctx, tx, keys); err != nil {
			return err
		}
	}
	for _, key := range keys {
		row := rows[key]
		for _, h := range news[key] {
			h.change(&row.Past)
		}
		row.version++
		rows[key] = row
	}
	if timed {
		return putPast(ctx, tx, keys, rows)
	}
	return addPast(ctx, tx, keys, rows)
}

// takePast locks rows, and makes those that are not there.
func takePast(ctx context.Context, tx *sqlx.Tx, keys []pastKey) error {
	levels, customers, offers := columnsOfKeys(keys)
	// A row that is in conflict is locked, though it is not changed.
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO customer_offers AS o (level, customer, offer, presented, unanswered, version)
		SELECT k.level, k.customer, k.offer, 0, 0, 0 FROM unnest($1::text[], $2::text[], $3::text[]) AS k (level, customer, offer)
		ON CONFLICT (level, customer, offer) DO UPDATE SET version = o.version WHERE false`,
		pq.Array(levels), pq.Array(customers), pq.Array(offers)); err != nil {
		return fmt.Errorf("lock the past of customers: %w", err)
	}
	return nil
}

// readPast reads the rows that are there. The planner cannot make a join of it that
// reads the whole table.
func readPast(ctx context.Context, tx *sqlx.Tx, keys []pastKey) (map[pastKey]pastRow, error) {
	levels, customers, offers := columnsOfKeys(keys)
	found, err := tx.QueryContext(ctx, `
		SELECT o.level, o.customer, o.offer, o.presented, coalesce(o.recent, '[]'), o.shown_at, o.unanswered, o.responded_at, o.accepted_at,
			o.rejected_at, o.version
		FROM unnest($1::text[], $2::text[], $3::text[]) AS k (level, customer, offer)
		CROSS JOIN LATERAL (
			SELECT * FROM customer_offers o WHERE o.level = k.level AND o.customer = k.customer AND o.offer = k.offer LIMIT 1
		) o`, pq.Array(levels), pq.Array(customers), pq.Array(offers))
	if err != nil {
		return nil, fmt.Errorf("read the past of customers: %w", err)
	}
	defer found.Close()
	rows := make(map[pastKey]pastRow, len(keys))
	for found.Next() {
		var key pastKey
		var row pastRow
		var recent []byte
		var shown, responded, accepted, rejected sql.NullTime
		if err := found.Scan(&key.level, &key.customer, &key.offer, &row.Presented, &recent, &shown, &row.Unanswered, &responded, &accepted,
			&rejected, &row.version); err != nil {
			return nil, fmt.Errorf("read the past of a customer: %w", err)
		}
		if err := json.Unmarshal(recent, &row.Recent); err != nil {
			return nil, fmt.Errorf("read recent presentations: %w", err)
		}
		row.ShownAt, row.RespondedAt, row.AcceptedAt, row.RejectedAt = utc(shown), utc(responded), utc(accepted), utc(rejected)
		rows[key] = row
	}
	return rows, found.Err()
}

// putPast writes rows; where one is not as it was read it returns errOvertaken.
func putPast(ctx context.Context, tx *sqlx.Tx, keys []pastKey, rows map[pastKey]pastRow) error {
	written, err := upsertPast(ctx, tx, keys, rows, `presented = excluded.presented, recent = excluded.recent, shown_at = excluded.shown_at,
			unanswered = excluded.unanswered, responded_at = excluded.responded_at, accepted_at = excluded.accepted_at,
			rejected_at = excluded.rejected_at, version = excluded.version
		WHERE o.version = excluded.version - 1`)
	if err == nil && written != int64(len(keys)) {
		return errOvertaken
	}
	return err
}

// addPast adds what happened to rows, whatever they are: what Past.Present and
// Past.Answer make of them for an offer without a limit within a time.
func addPast(ctx context.Context, tx *sqlx.Tx, keys []pastKey, news map[pastKey]pastRow) error {
	_, err := upsertPast(ctx, tx, keys, news, `presented = o.presented + excluded.presented,
			recent = CASE WHEN excluded.presented > 0 THEN NULL ELSE o.recent END,
			shown_at = greatest(o.shown_at, excluded.shown_at),
			unanswered = CASE WHEN excluded.responded_at IS NULL THEN o.unanswered ELSE 0 END + excluded.unanswered,
			responded_at = greatest(o.responded_at, excluded.responded_at), accepted_at = greatest(o.accepted_at, excluded.accepted_at),
			rejected_at = greatest(o.rejected_at, excluded.rejected_at), version = o.version + 1`)
	return err
}

// upsertPast inserts rows and changes those that are there, one after another.
func upsertPast(ctx context.Context, tx *sqlx.Tx, keys []pastKey, rows map[pastKey]pastRow, change string) (written int64, err error) {
	levels, customers, offers := columnsOfKeys(keys)
	n := len(keys)
	presented, unanswered, versions := make([]int64, n), make([]int64, n), make([]int64, n)
	recent, times := make([]string, n), [4][]int64{make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)}
	for i, key := range keys {
		row := rows[key]
		presented[i], unanswered[i], versions[i] = row.Presented, int64(row.Unanswered), row.version
		for j, at := range [...]time.Time{row.ShownAt, row.RespondedAt, row.AcceptedAt, row.RejectedAt} {
			times[j][i] = at.UnixMicro()
		}
		if len(row.Recent) > 0 {
			text, err := json.Marshal(row.Recent)
			if err != nil {
				return 0, fmt.Errorf("write recent presentations: %w", err)
			}
			recent[i] = string(text)
		}
	}
	result, err := tx.ExecContext(ctx, `
		INSERT INTO customer_offers AS o (level, customer, offer, presented, recent, shown_at, unanswered, responded_at, accepted_at, rejected_at, version)
		SELECT g.level, g.customer, g.offer, g.presented, nullif(g.recent, '')::jsonb, timestamptz 'epoch' + nullif(g.shown, $12) * interval '1 microsecond',
			g.unanswered, timestamptz 'epoch' + nullif(g.responded, $12) * interval '1 microsecond',
			timestamptz 'epoch' + nullif(g.accepted, $12) * interval '1 microsecond',
			timestamptz 'epoch' + nullif(g.rejected, $12) * interval '1 microsecond', g.version
		FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
			$10::bigint[], $11::bigint[]) AS g (level, customer, offer, presented, recent, shown, unanswered, responded, accepted, rejected, version)
		ON CONFLICT (level, customer, offer) DO UPDATE SET `+change,
		pq.Array(levels), pq.Array(customers), pq.Array(offers), pq.Array(presented), pq.Array(recent), pq.Array(times[0]), pq.Array(unanswered),
		pq.Array(times[1]), pq.Array(times[2]), pq.Array(times[3]), pq.Array(versions), never)
	if err != nil {
		return 0, fmt.Errorf("write the past of customers: %w", err)
	}
	written, err = result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("write the past of customers: %w", err)
	}
	return written, nil
}

func columnsOfKeys(keys []pastKey) (levels, customers, offers []string) {
	levels, customers, offers = make([]string, len(keys)), make([]string, len(keys)), make([]string, len(keys))
	for i, key := range keys {
		levels[i], customers[i], offers[i] = key.level, key.customer, key.offer
	}
	return levels, customers, offers
}

func utc(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

// never is how the zero time goes to the database.
var never = time.Time{}.UnixMicro()
