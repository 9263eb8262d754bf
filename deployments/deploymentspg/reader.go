package deploymentspg

import (
	"context"
	"strconv"
	"time"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// one reads a deployment whole but for its servers.
func (t *transaction) one(ctx context.Context, where string, args ...any) (deployments.Deployment, error) {
	r, err := controldb.One[row](ctx, t.tx, deployments.NotFound("deployment"),
		`SELECT `+listed+`, d.manifest FROM deployments d WHERE d.tenant_id = $1`+where, append([]any{t.tenant}, args...)...)
	if err != nil {
		return deployments.Deployment{}, err
	}
	return r.deployment(t.tenant)
}

func (t *transaction) withServers(ctx context.Context, d deployments.Deployment, err error) (deployments.Deployment, error) {
	if err != nil {
		return deployments.Deployment{}, err
	}
	rows, err := controldb.Many[serverRow](ctx, t.tx, `SELECT server_id, name, state, number, hash, since, reason
		FROM deployment_servers WHERE tenant_id = $1 AND deployment_id = $2 ORDER BY name LIMIT $3`,
		t.tenant, d.ID, deployments.MaxServers)
	if err != nil {
		return deployments.Deployment{}, err
	}
	for _, r := range rows {
		progress := deployments.ServerProgress(r)
		progress.Since = progress.Since.UTC()
		d.Servers = append(d.Servers, progress)
	}
	return d, nil
}

func (t *transaction) Deployment(ctx context.Context, channel tenants.Name, number int64) (deployments.Deployment, error) {
	d, err := t.one(ctx, ` AND d.channel = $2 AND d.number = $3::bigint`, channel, number)
	return t.withServers(ctx, d, err)
}

func (t *transaction) DeploymentByID(ctx context.Context, id deployments.ID) (deployments.Deployment, error) {
	d, err := t.one(ctx, ` AND d.deployment_id = $2`, id)
	return t.withServers(ctx, d, err)
}

func (t *transaction) Deployments(ctx context.Context, channel tenants.Name, filter deployments.Filter, page paging.Request) (paging.Page[deployments.Deployment], error) {
	var none paging.Page[deployments.Deployment]
	var before *int64
	if page.After != "" {
		number, err := strconv.ParseInt(page.After, 10, 64)
		if err != nil {
			return none, fault.New(fault.Invalid, "malformed-cursor", "the cursor is malformed").Because(err)
		}
		before = &number
	}
	rows, err := controldb.Many[row](ctx, t.tx, `SELECT `+listed+` FROM deployments d
		WHERE d.tenant_id = $1 AND d.channel = $2 AND ($3::bigint IS NULL OR d.number < $3)
			AND ($4::text IS NULL OR d.group_name = $4) AND ($5::text IS NULL OR d.state = $5)
		ORDER BY d.number DESC LIMIT $6`,
		t.tenant, channel, before, postgres.Nullable(filter.Group), postgres.Nullable(filter.State), page.Size()+1)
	if err != nil {
		return none, err
	}
	items := make([]deployments.Deployment, 0, len(rows))
	for _, r := range rows {
		d, err := r.deployment(t.tenant)
		if err != nil {
			return none, err
		}
		items = append(items, d)
	}
	return paging.Cut(page, items, func(d deployments.Deployment) string { return strconv.FormatInt(d.Number, 10) }), nil
}

func (t *transaction) Open(ctx context.Context, channel tenants.Name, group tenants.ServerGroupID) ([]int64, error) {
	return controldb.Many[int64](ctx, t.tx, `SELECT number FROM deployments
		WHERE tenant_id = $1 AND channel = $2 AND ($3::uuid IS NULL OR group_id = $3)
			AND state NOT IN ('succeeded', 'failed', 'cancelled', 'incomplete') ORDER BY number`,
		t.tenant, channel, postgres.Nullable(group))
}

type activeRow struct {
	row
	Since time.Time `db:"since"`
}

const selectActive = `SELECT ` + listed + `, v.since FROM deployed_versions v
	JOIN deployments d ON d.tenant_id = v.tenant_id AND d.deployment_id = v.deployment_id WHERE v.tenant_id = $1`

func (t *transaction) actives(ctx context.Context, where string, args ...any) ([]deployments.Active, error) {
	rows, err := controldb.Many[activeRow](ctx, t.tx, selectActive+where, append([]any{t.tenant}, args...)...)
	if err != nil {
		return nil, err
	}
	actives := make([]deployments.Active, 0, len(rows))
	for _, r := range rows {
		d, err := r.deployment(t.tenant)
		if err != nil {
			return nil, err
		}
		actives = append(actives, deployments.Active{Deployment: d, Since: r.Since.UTC()})
	}
	return actives, nil
}

func (t *transaction) FindActive(ctx context.Context, channel tenants.Name, group tenants.ServerGroupID) (active deployments.Active, found bool, err error) {
	actives, err := t.actives(ctx, ` AND v.channel = $2 AND v.group_id = $3`, channel, group)
	if err != nil || len(actives) == 0 {
		return deployments.Active{}, false, err
	}
	return actives[0], true, nil
}

func (t *transaction) Actives(ctx context.Context, channel tenants.Name) ([]deployments.Active, error) {
	return t.actives(ctx, ` AND ($2::text IS NULL OR v.channel = $2) ORDER BY d.channel, d.solution, d.group_name LIMIT $3`,
		postgres.Nullable(channel), deployments.MaxActives)
}

type packageRow struct {
	Hash       string    `db:"hash"`
	Channel    string    `db:"channel"`
	GlobalHash string    `db:"global_hash"`
	Bytes      []byte    `db:"content"`
	CreatedAt  time.Time `db:"created_at"`
}

func (t *transaction) Package(ctx context.Context, hash string) (deployments.Content, error) {
	r, err := controldb.One[packageRow](ctx, t.tx, deployments.NotFound("package"),
		`SELECT hash, channel, global_hash, content, created_at FROM packages WHERE tenant_id = $1 AND hash = $2`, t.tenant, hash)
	if err != nil {
		return deployments.Content{}, err
	}
	if r.Bytes == nil {
		return deployments.Content{}, deployments.PackageDropped()
	}
	content := deployments.Content(r)
	content.CreatedAt = content.CreatedAt.UTC()
	return content, nil
}

func (t *transaction) GlobalHash(ctx context.Context, hash string) (string, error) {
	return controldb.One[string](ctx, t.tx, deployments.NotFound("package"),
		`SELECT global_hash FROM packages WHERE tenant_id = $1 AND hash = $2`, t.tenant, hash)
}
