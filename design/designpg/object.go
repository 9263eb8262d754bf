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

// Find looks each up by the primary key: of a table that grows in this transaction
// PostgreSQL has no statistics, and would read all of it.
func (t *transaction) Find(ctx context.Context, of []definition.Reference) ([]design.Object, error) {
	c := columnsOf(of)
	rows, err := controldb.Many[objectRow](ctx, t.tx, `SELECT found.*
		FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted (kind, channel, name)
		CROSS JOIN LATERAL (SELECT `+objectColumns+` FROM design_objects o WHERE o.tenant_id = $1
			AND o.kind = wanted.kind AND o.channel = wanted.channel AND o.name = wanted.name LIMIT 1) AS found`,
		t.tenant, pq.Array(c.kinds), pq.Array(c.channels), pq.Array(c.names))
	return t.objectsOf(rows, err)
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
	return t.objectsOf(rows, err)
}

func (t *transaction) objectsOf(rows []objectRow, err error) ([]design.Object, error) {
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

func (t *transaction) Insert(ctx context.Context, objects ...design.Object) error {
	rows := make([][]any, 0, len(objects))
	for _, o := range objects {
		m := markOf(o)
		rows = append(rows, []any{
			t.tenant, o.Kind, o.Channel, o.Name, o.ID, o.DisplayName, specValue(o.Spec),
			m.For, m.By, m.At, o.Version, o.CreatedAt, o.CreatedBy, o.UpdatedAt, o.UpdatedBy,
		})
	}
	return controldb.Insert(ctx, t.tx, `design_objects (tenant_id, kind, channel, name, object_id, display_name, spec,
		mark_for, mark_by, mark_at, version, created_at, created_by, updated_at, updated_by)`, rows...)
}

func (t *transaction) Update(ctx context.Context, objects ...design.Object) error {
	if len(objects) == 0 {
		return nil
	}
	var (
		of                       []definition.Reference
		displayNames, updatedBy  []string
		specs, marksFor, marksBy []sql.NullString
		marksAt                  []sql.NullTime
		versions                 []int64
		updatedAt                []time.Time
	)
	for _, o := range objects {
		m := markOf(o)
		of, displayNames, specs = append(of, o.Reference), append(displayNames, o.DisplayName), append(specs, specValue(o.Spec))
		marksFor, marksBy, marksAt = append(marksFor, m.For), append(marksBy, m.By), append(marksAt, m.At)
		versions, updatedAt, updatedBy = append(versions, o.Version), append(updatedAt, o.UpdatedAt), append(updatedBy, o.UpdatedBy)
	}
	c := columnsOf(of)
	_, err := controldb.Exec(ctx, t.tx, `UPDATE design_objects o SET display_name = new.display_name, spec = coalesce(new.spec::json, o.spec),
			mark_for = new.mark_for, mark_by = new.mark_by, mark_at = new.mark_at,
			version = new.version, updated_at = new.updated_at, updated_by = new.updated_by
		FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
				$10::bigint[], $11::timestamptz[], $12::text[])
			AS new (kind, channel, name, display_name, spec, mark_for, mark_by, mark_at, version, updated_at, updated_by)
		WHERE o.tenant_id = $1 AND o.kind = new.kind AND o.channel = new.channel AND o.name = new.name`,
		t.tenant, pq.Array(c.kinds), pq.Array(c.channels), pq.Array(c.names), pq.Array(displayNames), pq.Array(specs),
		pq.Array(marksFor), pq.Array(marksBy), pq.Array(marksAt), pq.Array(versions), pq.Array(updatedAt), pq.Array(updatedBy))
	return err
}

func (t *transaction) Delete(ctx context.Context, of definition.Reference) error {
	_, err := controldb.Exec(ctx, t.tx, `DELETE FROM design_objects WHERE tenant_id = $1 AND kind = $2 AND channel = $3 AND name = $4`,
		t.tenant, of.Kind, of.Channel, of.Name)
	return err
}

// markColumns are those of a mark, null where there is none.
type markColumns struct {
	For, By sql.NullString
	At      sql.NullTime
}

func markOf(o design.Object) markColumns {
	if o.Mark == nil {
		return markColumns{}
	}
	return markColumns{
		For: sql.NullString{String: string(o.Mark.For), Valid: true}, By: sql.NullString{String: o.Mark.By, Valid: true},
		At: sql.NullTime{Time: o.Mark.At, Valid: true},
	}
}

// specValue is null where there is no spec.
func specValue(spec json.RawMessage) sql.NullString {
	return sql.NullString{String: string(spec), Valid: spec != nil}
}
