package deploymentspg

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

func (t *transaction) LastNumber(ctx context.Context, channel tenants.Name) (int64, error) {
	var number int64
	err := t.tx.GetContext(ctx, &number,
		`SELECT coalesce(max(number), 0) FROM deployments WHERE tenant_id = $1 AND channel = $2`, t.tenant, channel)
	if err != nil {
		return 0, fmt.Errorf("last number of channel %s: %w", channel, err)
	}
	return number, nil
}

func (t *transaction) Insert(ctx context.Context, d deployments.Deployment) error {
	manifest, err := json.Marshal(d.Manifest)
	if err != nil {
		return fmt.Errorf("manifest of deployment %s: %w", d.ID, err)
	}
	_, err = controldb.Exec(ctx, t.tx, `INSERT INTO deployments
			(tenant_id, deployment_id, channel, number, group_id, solution, group_name, group_kind, kind, of_number, name,
			note, state, reason, built, hash, from_number, from_hash, manifest, author_tenant, author_account,
			author_name, created_at, updated_at, moved_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
			$24, $25, $26)`,
		t.tenant, d.ID, d.Channel, d.Number, d.Group.ID, d.Group.Solution, d.Group.Name, d.Group.Kind, d.Kind, d.Of, d.Name,
		d.Note, d.State, d.Reason, d.Built, postgres.Nullable(d.Hash), d.From, d.FromHash, string(manifest), d.CreatedBy.Tenant,
		d.CreatedBy.Account, d.CreatedBy.Name, d.CreatedAt, d.UpdatedAt, postgres.Nullable(d.MovedAt), postgres.Nullable(d.EndedAt))
	return err
}

func (t *transaction) Advance(ctx context.Context, d deployments.Deployment, from deployments.State) (moved bool, err error) {
	n, err := controldb.Exec(ctx, t.tx, `UPDATE deployments
		SET state = $4, reason = $5, updated_at = $6, moved_at = $7, ended_at = $8
		WHERE tenant_id = $1 AND deployment_id = $2 AND state = $3`,
		t.tenant, d.ID, from, d.State, d.Reason, d.UpdatedAt, postgres.Nullable(d.MovedAt), postgres.Nullable(d.EndedAt))
	return n > 0, err
}

func (t *transaction) Fix(ctx context.Context, d deployments.Deployment) error {
	manifest, err := json.Marshal(d.Manifest)
	if err != nil {
		return fmt.Errorf("manifest of deployment %s: %w", d.ID, err)
	}
	n, err := controldb.Exec(ctx, t.tx, `UPDATE deployments
		SET built = true, hash = $3, from_number = $4, from_hash = $5, manifest = $6, updated_at = $7
		WHERE tenant_id = $1 AND deployment_id = $2 AND NOT built`,
		t.tenant, d.ID, postgres.Nullable(d.Hash), d.From, d.FromHash, string(manifest), d.UpdatedAt)
	if err == nil && n == 0 {
		err = fmt.Errorf("deployment %s has its package already", d.ID)
	}
	return err
}

func (t *transaction) SavePackage(ctx context.Context, c deployments.Content) error {
	_, err := controldb.Exec(ctx, t.tx, `INSERT INTO packages AS p (tenant_id, hash, channel, global_hash, content, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, hash) DO UPDATE SET content = coalesce(p.content, excluded.content), used_at = now()`,
		t.tenant, c.Hash, c.Channel, c.GlobalHash, c.Bytes, c.CreatedAt)
	return err
}

func (t *transaction) SaveServers(ctx context.Context, id deployments.ID, servers []deployments.ServerProgress) error {
	rows := make([]serverRow, 0, len(servers))
	for _, s := range servers {
		rows = append(rows, serverRow(s))
	}
	reports, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("progress of deployment %s: %w", id, err)
	}
	_, err = controldb.Exec(ctx, t.tx, `INSERT INTO deployment_servers
			(tenant_id, deployment_id, server_id, name, state, number, hash, since, reason)
		SELECT $1, $2, r.server_id, r.name, r.state, r.number, r.hash, r.since, r.reason
		FROM jsonb_to_recordset($3) AS r (server_id uuid, name text, state text, number bigint, hash text,
			since timestamptz, reason text)
		ON CONFLICT (tenant_id, deployment_id, server_id) DO UPDATE
		SET state = excluded.state, number = excluded.number, hash = excluded.hash, since = excluded.since,
			reason = excluded.reason`, t.tenant, id, string(reports))
	return err
}

func (t *transaction) SaveActive(ctx context.Context, d deployments.Deployment) error {
	_, err := controldb.Exec(ctx, t.tx, `INSERT INTO deployed_versions (tenant_id, channel, group_id, number, deployment_id, since)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, channel, group_id) DO UPDATE
		SET number = excluded.number, deployment_id = excluded.deployment_id, since = excluded.since
		WHERE deployed_versions.number < excluded.number`,
		t.tenant, d.Channel, d.Group.ID, d.Number, d.ID, d.MovedAt)
	return err
}
