package tenantspg

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// FindAPIKey implements tenants.Platform.
func (s *Store) FindAPIKey(ctx context.Context, id string) (key tenants.APIKey, account tenants.Account, found bool, err error) {
	const query = `SELECT k.key_id, k.hash, k.created_at AS key_created_at, ` + AccountColumns + `
		FROM api_keys k JOIN accounts a USING (tenant_id, account_id) WHERE k.key_id = $1`
	type row struct {
		KeyID        string    `db:"key_id"`
		Hash         []byte    `db:"hash"`
		KeyCreatedAt time.Time `db:"key_created_at"`
		AccountRow
	}
	var r row
	err = s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		r, err = controldb.One[row](ctx, tx, sql.ErrNoRows, query, id)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return tenants.APIKey{}, tenants.Account{}, false, nil
	}
	if err != nil {
		return tenants.APIKey{}, tenants.Account{}, false, err
	}
	account = r.Account()
	key = tenants.APIKey{ID: r.KeyID, Tenant: account.Tenant, Account: account.ID, Hash: r.Hash, CreatedAt: r.KeyCreatedAt.UTC()}
	return key, account, true, nil
}

type requestRow struct {
	Tenant       tenants.TenantID   `db:"tenant_id"`
	TenantName   string             `db:"tenant_name"`
	Solution     tenants.SolutionID `db:"solution_id"`
	SolutionName string             `db:"name"`
	Request      int64              `db:"provisioning_request"`
}

// RequestedProvisionings implements tenants.Platform.
func (s *Store) RequestedProvisionings(ctx context.Context, silentSince time.Time, limit int) ([]tenants.ProvisioningRequest, error) {
	const query = `SELECT s.tenant_id, t.name AS tenant_name, s.solution_id, s.name, s.provisioning_request
		FROM solutions s JOIN tenants t USING (tenant_id)
		WHERE s.provisioning_state IN ('requested', 'running')
			AND (s.provisioning_state = 'requested' OR s.provisioning_updated_at < $1)
		ORDER BY s.provisioning_updated_at LIMIT $2`
	var requests []tenants.ProvisioningRequest
	err := s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		rows, err := controldb.Many[requestRow](ctx, tx, query, silentSince, limit)
		requests = make([]tenants.ProvisioningRequest, 0, len(rows))
		for _, row := range rows {
			requests = append(requests, tenants.ProvisioningRequest(row))
		}
		return err
	})
	return requests, err
}

// RequestAllProvisionings implements tenants.Platform.
func (s *Store) RequestAllProvisionings(ctx context.Context, at time.Time) error {
	const update = `UPDATE solutions SET provisioning_state = 'requested', provisioning_request = provisioning_request + 1,
			provisioning_step = '', provisioning_reason = '', provisioning_updated_at = $1`
	return s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := controldb.Exec(ctx, tx, update, at)
		return err
	})
}

// RecordProgress implements tenants.Platform. It does not raise the tenant's
// revision: nothing is derived from progress.
func (s *Store) RecordProgress(ctx context.Context, tenant tenants.TenantID, solution tenants.SolutionID, p tenants.Progress, at time.Time) (current bool, err error) {
	const update = `UPDATE solutions SET provisioning_state = $4, provisioning_step = $5, provisioning_reason = $6,
			provisioning_workflow = $7, provisioning_updated_at = $8
		WHERE tenant_id = $1 AND solution_id = $2 AND provisioning_request = $3`
	err = s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		n, err := controldb.Exec(ctx, tx, update, tenant, solution, p.Request, p.State, p.Step, p.Reason, p.WorkflowID, at)
		current = n > 0
		return err
	})
	return current, err
}

// reportedServer is one server of a report as it is handed to the statement.
type reportedServer struct {
	ID        tenants.ServerID    `json:"id"`
	State     tenants.ServerState `json:"state"`
	Address   string              `json:"address"`
	Metrics   string              `json:"metrics"`
	PID       int                 `json:"pid"`
	Restarts  int                 `json:"restarts"`
	StartedAt *time.Time          `json:"started_at"`
	Problem   string              `json:"problem"`
}

// SaveReport implements tenants.Platform.
func (s *Store) SaveReport(ctx context.Context, report tenants.NodeReport, at time.Time) (remove []tenants.ServerID, err error) {
	const saveNode = `INSERT INTO nodes (tenant_id, name, version, started_at, reported_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, name) DO UPDATE
		SET version = excluded.version, started_at = excluded.started_at, reported_at = excluded.reported_at`
	const saveStatuses = `INSERT INTO server_statuses
			(tenant_id, server_id, state, address, metrics, pid, restarts, started_at, reported_at, problem)
		SELECT s.tenant_id, s.server_id, r.state, r.address, r.metrics, r.pid, r.restarts, r.started_at, $3, r.problem
		FROM jsonb_to_recordset($2) AS r (id uuid, state text, address text, metrics text, pid integer, restarts integer,
			started_at timestamptz, problem text) JOIN servers s ON s.server_id = r.id AND s.node = $1
		ON CONFLICT (tenant_id, server_id) DO UPDATE
		SET state = excluded.state, address = excluded.address, metrics = excluded.metrics, pid = excluded.pid,
			restarts = excluded.restarts, started_at = excluded.started_at, reported_at = excluded.reported_at,
			problem = excluded.problem`
	// A server that was given to another node while the statement before ran.
	const takeBack = `UPDATE server_statuses st
		SET state = 'pending', pid = 0, restarts = 0, started_at = NULL, problem = ''
		FROM jsonb_to_recordset($2) AS r (id uuid) JOIN servers s ON s.server_id = r.id AND s.node <> $1
		WHERE st.tenant_id = s.tenant_id AND st.server_id = s.server_id AND st.reported_at = $3 AND st.state <> 'pending'`
	// Another node's server that is not pending was reported by that node.
	const findRemoved = `SELECT r.id FROM jsonb_to_recordset($2) AS r (id uuid)
			LEFT JOIN servers s ON s.server_id = r.id
			LEFT JOIN server_statuses st ON st.tenant_id = s.tenant_id AND st.server_id = s.server_id
		WHERE s.server_id IS NULL OR s.node <> $1 AND st.state <> 'pending'
		ORDER BY r.id`
	servers := make([]reportedServer, 0, len(report.Servers))
	for _, r := range report.Servers {
		servers = append(servers, reportedServer{
			ID: r.ID, State: r.Status.State, Address: r.Status.Address, Metrics: r.Status.Metrics, PID: r.Status.PID,
			Restarts: r.Status.Restarts, StartedAt: postgres.Nullable(r.Status.StartedAt.UTC()), Problem: r.Status.Problem,
		})
	}
	statuses, err := json.Marshal(servers)
	if err != nil {
		return nil, fmt.Errorf("report of node %s: %w", report.Node, err)
	}
	err = s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := controldb.Exec(ctx, tx, saveNode, tenants.PlatformTenantID, report.Node, report.Version, report.StartedAt.UTC(), at); err != nil {
			return err
		}
		for _, statement := range []string{saveStatuses, takeBack} {
			if _, err := controldb.Exec(ctx, tx, statement, report.Node, string(statuses), at); err != nil {
				return err
			}
		}
		var err error
		remove, err = controldb.Many[tenants.ServerID](ctx, tx, findRemoved, report.Node, string(statuses))
		return err
	})
	return remove, err
}

type nodeRow struct {
	Name       string    `db:"name"`
	Version    string    `db:"version"`
	StartedAt  time.Time `db:"started_at"`
	ReportedAt time.Time `db:"reported_at"`
}

// Nodes implements tenants.Platform.
func (s *Store) Nodes(ctx context.Context) ([]tenants.Node, error) {
	var nodes []tenants.Node
	err := s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		rows, err := controldb.Many[nodeRow](ctx, tx, `SELECT name, version, started_at, reported_at FROM nodes ORDER BY name`)
		nodes = make([]tenants.Node, 0, len(rows))
		for _, r := range rows {
			nodes = append(nodes, tenants.Node{Name: r.Name, Version: r.Version, StartedAt: r.StartedAt.UTC(), ReportedAt: r.ReportedAt.UTC()})
		}
		return err
	})
	return nodes, err
}

// ServerOfNode implements tenants.Platform.
func (s *Store) ServerOfNode(ctx context.Context, node tenants.Name, server tenants.ServerID) (found tenants.Server, err error) {
	err = s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		found, err = get[serverRow](ctx, tx, "server", selectServer+`WHERE s.server_id = $1 AND s.node = $2`, server, node)
		return err
	})
	return found, err
}
