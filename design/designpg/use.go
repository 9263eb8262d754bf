package designpg

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/runtime/definition"
)

// columns are lists of references as PostgreSQL takes them.
type columns struct{ kinds, channels, names []string }

func columnsOf(references []definition.Reference) columns {
	var c columns
	for _, r := range references {
		c.kinds, c.channels, c.names = append(c.kinds, string(r.Kind)), append(c.channels, r.Channel), append(c.names, r.Name)
	}
	return c
}

type referenceRow struct {
	Kind    string `db:"kind"`
	Channel string `db:"channel"`
	Name    string `db:"name"`
}

func (r referenceRow) reference() definition.Reference {
	return definition.Reference{Kind: definition.Kind(r.Kind), Channel: r.Channel, Name: r.Name}
}

func (t *transaction) Missing(ctx context.Context, of []definition.Reference) ([]definition.Reference, error) {
	c := columnsOf(of)
	rows, err := controldb.Many[referenceRow](ctx, t.tx, `SELECT kind, channel, name
		FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted (kind, channel, name)
		WHERE NOT EXISTS (SELECT FROM design_objects o WHERE o.tenant_id = $1
			AND o.kind = wanted.kind AND o.channel = wanted.channel AND o.name = wanted.name)`,
		t.tenant, pq.Array(c.kinds), pq.Array(c.channels), pq.Array(c.names))
	if err != nil {
		return nil, err
	}
	missing := make([]definition.Reference, 0, len(rows))
	for _, row := range rows {
		missing = append(missing, row.reference())
	}
	return missing, nil
}

func (t *transaction) Users(ctx context.Context, of definition.Reference, limit int) (users []design.User, total int, err error) {
	type row struct {
		referenceRow
		Path  string `db:"path"`
		Total int    `db:"total"`
	}
	rows, err := controldb.Many[row](ctx, t.tx, `SELECT kind, channel, name, path, count(*) OVER () AS total FROM design_uses
		WHERE tenant_id = $1 AND to_kind = $2 AND to_channel = $3 AND to_name = $4
			AND (kind, channel, name) <> (to_kind, to_channel, to_name)
		ORDER BY kind, channel, name LIMIT $5`, t.tenant, of.Kind, of.Channel, of.Name, limit)
	if err != nil {
		return nil, 0, err
	}
	for _, row := range rows {
		users = append(users, design.User{By: row.reference(), Path: row.Path})
		total = row.Total
	}
	return users, total, nil
}

func (t *transaction) SetUses(ctx context.Context, uses ...design.Uses) error {
	by := make([]definition.Reference, 0, len(uses))
	var rows [][]any
	for _, u := range uses {
		by = append(by, u.By)
		for _, use := range u.To {
			rows = append(rows, []any{t.tenant, u.By.Kind, u.By.Channel, u.By.Name, use.To.Kind, use.To.Channel, use.To.Name, use.Path})
		}
	}
	c := columnsOf(by)
	_, err := controldb.Exec(ctx, t.tx, `DELETE FROM design_uses u USING unnest($2::text[], $3::text[], $4::text[]) AS user_of (kind, channel, name)
		WHERE u.tenant_id = $1 AND u.kind = user_of.kind AND u.channel = user_of.channel AND u.name = user_of.name`,
		t.tenant, pq.Array(c.kinds), pq.Array(c.channels), pq.Array(c.names))
	if err != nil {
		return err
	}
	err = controldb.Insert(ctx, t.tx, `design_uses (tenant_id, kind, channel, name, to_kind, to_channel, to_name, path)`, rows...)
	if err != nil {
		return fmt.Errorf("uses of design objects: %w", err)
	}
	return nil
}
