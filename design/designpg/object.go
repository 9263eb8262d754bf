package designpg

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/lib/pq"

	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// pageBytes is how large the specs of a page grow before it ends early.
const pageBytes = 2 << 20

const objectColumns = `object_id, kind, channel, name, display_name, spec, mark_for, mark_by, mark_at, version,
	created_at, created_by, updated_at, updated_by`

type objectRow struct {
	ID          string         `db:"object_id"`
	Kind        string         `db:"kind"`
	Channel     string         `db:"channel"`
	Name        string         `db:"name"`
	DisplayName string         `db:"display_name"`
	Spec        []byte         `db:"spec"`
	MarkFor     sql.NullString `db:"mark_for"`
	MarkBy      sql.NullString `db:"mark_by"`
	MarkAt      sql.NullTime   `db:"mark_at"`
	Version     int64          `db:"version"`
	CreatedAt   time.Time      `db:"created_at"`
	CreatedBy   string         `db:"created_by"`
	UpdatedAt   time.Time      `db:"updated_at"`
	UpdatedBy   string         `db:"updated_by"`
}

func (r objectRow) object(tenant tenants.TenantID) design.Object {
	o := design.Object{
		Tenant: tenant, ID: r.ID,
		Reference:   definition.Reference{Kind: definition.Kind(r.Kind), Channel: r.Channel, Name: r.Name},
		DisplayName: r.DisplayName, Spec: json.RawMessage(r.Spec), Version: r.Version,
		CreatedAt: r.CreatedAt.UTC(), CreatedBy: r.CreatedBy, UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
	}
	if r.MarkFor.Valid {
		o.Mark = &design.Mark{For: design.MarkFor(r.MarkFor.String), By: r.MarkBy.String, At: r.MarkAt.Time.UTC(), Version: r.Version}
	}
	return o
}

func (t *transaction) Object(ctx context.Context, of definition.Reference) (design.Object, error) {
	row, err := controldb.One[objectRow](ctx, t.tx, design.NotFound(),
		`SELECT `+objectColumns+` FROM design_objects WHERE tenant_id = $1 AND kind = $2 AND channel = $3 AND name = $4`,
		t.tenant, of.Kind, of.Channel, of.Name)
	if err != nil {
		return design.Object{}, err
	}
	return row.object(t.tenant), nil
}

func (t *transaction) Objects(ctx context.Context, kind definition.Kind, channel tenants.Name, page paging.Request) (paging.Page[design.Object], error) {
	type row struct {
		objectRow
		Found int `db:"found"`
	}
	rows, err := controldb.Many[row](ctx, t.tx, `SELECT `+objectColumns+`, found FROM (
			SELECT *, count(*) OVER () AS found,
				sum(octet_length(spec::text)) OVER (ORDER BY name) - octet_length(spec::text) AS bytes_before
			FROM (SELECT * FROM design_objects WHERE tenant_id = $1 AND kind = $2 AND channel = $3 AND name > $4
				ORDER BY name LIMIT $5) AS wanted
		) AS measured WHERE bytes_before < $6 ORDER BY name`,
		t.tenant, kind, channel, page.After, page.Size()+1, pageBytes)
	if err != nil {
		return paging.Page[design.Object]{}, err
	}
	more := len(rows) > 0 && len(rows) < rows[0].Found
	items := make([]design.Object, 0, len(rows))
	for _, row := range rows {
		items = append(items, row.object(t.tenant))
	}
	result := paging.Cut(page, items, func(o design.Object) string { return o.Name })
	if more && result.Next == "" {
		result.Next = items[len(items)-1].Name
	}
	return result, nil
}

func (t *transaction) OfKinds(ctx context.Context, kinds ...definition.Kind) ([]design.Object, error) {
	return t.objects(ctx, `kind = ANY($2)`, pq.Array(kinds))
}

func (t *transaction) OfKind(ctx context.Context, kind definition.Kind, channel tenants.Name) ([]design.Object, error) {
	return t.objects(ctx, `kind = $2 AND channel = $3`, kind, channel)
}

func (t *transaction) Design(ctx context.Context, channel tenants.Name) ([]design.Object, error) {
	return t.objects(ctx, `(channel = $2 OR (channel = '' AND (kind <> $3 OR name = $2)))`, channel, definition.KindChannel)
}

// objects reads what fulfils a condition, whose first argument is $2.
func (t *transaction) objects(ctx context.Context, condition string, args ...any) ([]design.Object, error) {
	rows, err := controldb.Many[objectRow](ctx, t.tx,
		`SELECT `+objectColumns+` FROM design_objects WHERE tenant_id = $1 AND `+condition+` ORDER BY kind, channel, name`,
		append([]any{t.tenant}, args...)...)
	if err != nil {
		return nil, err
	}
	items := make([]design.Object, 0, len(rows))
	for _, row := range rows {
		items = append(items, row.object(t.tenant))
	}
	return items, nil
}

func (t *transaction) Hashes(ctx context.Context, kinds ...definition.Kind) (map[definition.Reference]string, error) {
	type row struct {
		referenceRow
		Hash string `db:"hash"`
	}
	rows, err := controldb.Many[row](ctx, t.tx,
		`SELECT kind, channel, name, encode(sha256(convert_to(spec::text, 'UTF8')), 'hex') AS hash FROM design_objects WHERE tenant_id = $1 AND kind = ANY($2)`,
		t.tenant, pq.Array(kinds))
	if err != nil {
		return nil, err
	}
	hashes := make(map[definition.Reference]string, len(rows))
	for _, row := range rows {
		hashes[row.reference()] = row.Hash
	}
	return hashes, nil
}

func (t *transaction) Count(ctx context.Context, kind definition.Kind, channel tenants.Name) (int, error) {
	return controldb.One[int](ctx, t.tx, nil,
		`SELECT count(*) FROM design_objects WHERE tenant_id = $1 AND kind = $2 AND channel = $3`, t.tenant, kind, channel)
}

func (t *transaction) Insert(ctx context.Context, o design.Object) error {
	_, err := controldb.Exec(ctx, t.tx, `INSERT INTO design_objects (tenant_id, kind, channel, name, object_id, display_name, spec,
			mark_for, mark_by, mark_at, version, created_at, created_by, updated_at, updated_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		append([]any{t.tenant, o.Kind, o.Channel, o.Name, o.ID, o.DisplayName, string(o.Spec)},
			append(markValues(o.Mark), o.Version, o.CreatedAt, o.CreatedBy, o.UpdatedAt, o.UpdatedBy)...)...)
	return err
}

func (t *transaction) Update(ctx context.Context, o design.Object) error {
	var spec sql.NullString
	if o.Spec != nil {
		spec = sql.NullString{String: string(o.Spec), Valid: true}
	}
	_, err := controldb.Exec(ctx, t.tx, `UPDATE design_objects SET display_name = $5, spec = coalesce($6, spec),
			mark_for = $7, mark_by = $8, mark_at = $9, version = $10, updated_at = $11, updated_by = $12
		WHERE tenant_id = $1 AND kind = $2 AND channel = $3 AND name = $4`,
		append([]any{t.tenant, o.Kind, o.Channel, o.Name, o.DisplayName, spec},
			append(markValues(o.Mark), o.Version, o.UpdatedAt, o.UpdatedBy)...)...)
	return err
}

func (t *transaction) Delete(ctx context.Context, of definition.Reference) error {
	_, err := controldb.Exec(ctx, t.tx, `DELETE FROM design_objects WHERE tenant_id = $1 AND kind = $2 AND channel = $3 AND name = $4`,
		t.tenant, of.Kind, of.Channel, of.Name)
	return err
}

// markValues are mark_for, mark_by and mark_at.
func markValues(m *design.Mark) []any {
	if m == nil {
		return []any{nil, nil, nil}
	}
	return []any{m.For, m.By, m.At}
}
