package designpg

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
)

type changeRow struct {
	Number      int64     `db:"number"`
	What        string    `db:"what"`
	At          time.Time `db:"at"`
	By          string    `db:"by_name"`
	DisplayName string    `db:"display_name"`
	Spec        []byte    `db:"spec"`
	Differences []byte    `db:"differences"`
}

func (r changeRow) change() (design.Change, error) {
	c := design.Change{
		Number: r.Number, What: design.What(r.What), At: r.At.UTC(), By: r.By, DisplayName: r.DisplayName, Spec: json.RawMessage(r.Spec),
	}
	if err := json.Unmarshal(r.Differences, &c.Differences); err != nil {
		return design.Change{}, fmt.Errorf("stored differences: %w", err)
	}
	return c, nil
}

func (t *transaction) Changes(ctx context.Context, of definition.Reference, page paging.Request) (paging.Page[design.Change], error) {
	before := int64(math.MaxInt64)
	if page.After != "" {
		var err error
		if before, err = strconv.ParseInt(page.After, 10, 64); err != nil {
			return paging.Page[design.Change]{}, fault.New(fault.Invalid, "malformed-cursor", "the cursor is malformed").Because(err)
		}
	}
	rows, err := controldb.Many[changeRow](ctx, t.tx,
		`SELECT number, what, at, by_name, display_name, NULL AS spec, differences FROM design_changes
		WHERE tenant_id = $1 AND kind = $2 AND channel = $3 AND name = $4 AND number < $5 ORDER BY number DESC LIMIT $6`,
		t.tenant, of.Kind, of.Channel, of.Name, before, page.Size()+1)
	if err != nil {
		return paging.Page[design.Change]{}, err
	}
	items := make([]design.Change, 0, len(rows))
	for _, row := range rows {
		change, err := row.change()
		if err != nil {
			return paging.Page[design.Change]{}, err
		}
		items = append(items, change)
	}
	return paging.Cut(page, items, func(c design.Change) string { return strconv.FormatInt(c.Number, 10) }), nil
}

func (t *transaction) ChangeAt(ctx context.Context, of definition.Reference, number int64) (design.Change, error) {
	row, err := controldb.One[changeRow](ctx, t.tx, fault.New(fault.NotFound, "not-found", "there is no such change"),
		`SELECT number, what, at, by_name, display_name, differences, (
				SELECT spec FROM design_changes b WHERE b.tenant_id = c.tenant_id AND b.kind = c.kind AND b.channel = c.channel
					AND b.name = c.name AND b.number <= c.number AND b.spec IS NOT NULL ORDER BY b.number DESC LIMIT 1
			) AS spec
		FROM design_changes c WHERE tenant_id = $1 AND kind = $2 AND channel = $3 AND name = $4 AND number = $5`,
		t.tenant, of.Kind, of.Channel, of.Name, number)
	if err != nil {
		return design.Change{}, err
	}
	return row.change()
}

func (t *transaction) LastChanges(ctx context.Context, of ...definition.Reference) (map[definition.Reference]int64, error) {
	type row struct {
		referenceRow
		Number int64 `db:"number"`
	}
	c := columnsOf(of)
	rows, err := controldb.Many[row](ctx, t.tx, `SELECT wanted.*, last.number
		FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted (kind, channel, name)
		CROSS JOIN LATERAL (SELECT number FROM design_changes c WHERE c.tenant_id = $1
			AND c.kind = wanted.kind AND c.channel = wanted.channel AND c.name = wanted.name ORDER BY number DESC LIMIT 1) AS last`,
		t.tenant, pq.Array(c.kinds), pq.Array(c.channels), pq.Array(c.names))
	if err != nil {
		return nil, err
	}
	last := make(map[definition.Reference]int64, len(rows))
	for _, row := range rows {
		last[row.reference()] = row.Number
	}
	return last, nil
}

func (t *transaction) InsertChanges(ctx context.Context, changes ...design.ChangeOf) error {
	rows := make([][]any, 0, len(changes))
	for _, c := range changes {
		differences, err := json.Marshal(c.Differences)
		if err != nil {
			return fmt.Errorf("differences: %w", err)
		}
		rows = append(rows, []any{
			t.tenant, c.Kind, c.Channel, c.Name, c.Number, c.What, c.At, c.By, c.DisplayName, specValue(c.Spec), string(differences),
		})
	}
	return controldb.Insert(ctx, t.tx,
		`design_changes (tenant_id, kind, channel, name, number, what, at, by_name, display_name, spec, differences)`, rows...)
}
