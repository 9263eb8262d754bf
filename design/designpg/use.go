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

func (t *transaction) SetUses(ctx context.Context, by definition.Reference, uses []design.Use) error {
	_, err := controldb.Exec(ctx, t.tx, `DELETE FROM design_uses WHERE tenant_id = $1 AND kind = $2 AND channel = $3 AND name = $4`,
		t.tenant, by.Kind, by.Channel, by.Name)
	if err != nil || len(uses) == 0 {
		return err
	}
	references := make([]definition.Reference, 0, len(uses))
	paths := make([]string, 0, len(uses))
	for _, use := range uses {
		references, paths = append(references, use.To), append(paths, use.Path)
	}
	c := columnsOf(references)
	_, err = controldb.Exec(ctx, t.tx, `INSERT INTO design_uses (tenant_id, kind, channel, name, to_kind, to_channel, to_name, path)
		SELECT $1, $2, $3, $4, used.kind, used.channel, used.name, used.path
		FROM unnest($5::text[], $6::text[], $7::text[], $8::text[]) AS used (kind, channel, name, path)`,
		t.tenant, by.Kind, by.Channel, by.Name, pq.Array(c.kinds), pq.Array(c.channels), pq.Array(c.names), pq.Array(paths))
	if err != nil {
		return fmt.Errorf("uses of %s: %w", by, err)
	}
	return nil
}
