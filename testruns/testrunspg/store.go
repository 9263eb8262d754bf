package testrunspg

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/testruns"
)

// Store implements testruns.Store.
type Store struct{ db *controldb.DB }

var _ testruns.Store = (*Store)(nil)

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }

// Insert implements testruns.Store. The tenant's changes are made one after
// another, so that what is counted stays true.
func (s *Store) Insert(ctx context.Context, t testruns.TestRun, event audit.Event) error {
	return s.db.Change(ctx, string(t.Tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		open, err := controldb.One[int](ctx, tx, testruns.NotFound(), `SELECT count(*) FROM test_runs
			WHERE tenant_id = $1 AND group_id = $2 AND state IN ('requested', 'running')`, t.Tenant, t.Group.ID)
		if err != nil {
			return err
		}
		if open >= testruns.MaxOpen {
			return fault.New(fault.Conflict, "too-many-test-runs", "%d test runs of group %s wait already", open, t.Group.Name)
		}
		if _, err := controldb.Exec(ctx, tx, `DELETE FROM test_runs WHERE tenant_id = $1 AND test_run_id IN (
				SELECT test_run_id FROM test_runs WHERE tenant_id = $1 AND channel = $2 AND state NOT IN ('requested', 'running')
				ORDER BY test_run_id DESC OFFSET $3)`, t.Tenant, t.Channel, testruns.MaxKept-1); err != nil {
			return err
		}
		if err := insert(ctx, tx, t); err != nil {
			return err
		}
		return auditpg.Append(ctx, tx, event)
	})
}

func insert(ctx context.Context, tx *sqlx.Tx, t testruns.TestRun) error {
	_, err := controldb.Exec(ctx, tx, `INSERT INTO test_runs
			(tenant_id, test_run_id, channel, group_id, solution, group_name, flowchart, strategy, audience_level, source, name,
			state, reason, server, done, total, author_tenant, author_account, author_name, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		t.Tenant, t.ID, t.Channel, t.Group.ID, t.Group.Solution, t.Group.Name, t.Flowchart, t.Strategy, t.Level, t.Source, t.Name,
		t.State, t.Reason, t.Server, t.Done, t.Total, t.CreatedBy.Tenant, t.CreatedBy.Account, t.CreatedBy.Name, t.CreatedAt, t.UpdatedAt)
	return err
}

// Get implements testruns.Store.
func (s *Store) Get(ctx context.Context, tenant tenants.TenantID, id testruns.ID) (t testruns.TestRun, err error) {
	err = s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		r, err := controldb.One[row](ctx, tx, testruns.NotFound(),
			`SELECT `+columns+`, result FROM test_runs WHERE tenant_id = $1 AND test_run_id = $2`, tenant, id)
		t = r.testRun(tenant)
		return err
	})
	return t, err
}

// List implements testruns.Store.
func (s *Store) List(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, page paging.Request) (paging.Page[testruns.TestRun], error) {
	var items []testruns.TestRun
	err := s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		rows, err := controldb.Many[row](ctx, tx, `SELECT `+columns+` FROM test_runs
			WHERE tenant_id = $1 AND channel = $2 AND ($3::uuid IS NULL OR test_run_id < $3)
			ORDER BY test_run_id DESC LIMIT $4`, tenant, channel, postgres.Nullable(page.After), page.Size()+1)
		items = make([]testruns.TestRun, 0, len(rows))
		for _, r := range rows {
			items = append(items, r.testRun(tenant))
		}
		return err
	})
	if err != nil {
		return paging.Page[testruns.TestRun]{}, err
	}
	return paging.Cut(page, items, func(t testruns.TestRun) string { return string(t.ID) }), nil
}

// Change implements testruns.Store. It does not raise the tenant's revision:
// nothing is derived from test runs.
func (s *Store) Change(ctx context.Context, tenant tenants.TenantID, id testruns.ID, fn func(t *testruns.TestRun) (*audit.Event, error)) error {
	return s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) error {
		r, err := controldb.One[row](ctx, tx, testruns.NotFound(),
			`SELECT `+columns+` FROM test_runs WHERE tenant_id = $1 AND test_run_id = $2 FOR UPDATE`, tenant, id)
		if err != nil {
			return err
		}
		t := r.testRun(tenant)
		event, err := fn(&t)
		if err != nil {
			return err
		}
		if _, err := controldb.Exec(ctx, tx, `UPDATE test_runs SET state = $3, reason = $4, server = $5, done = $6, total = $7,
				result = coalesce($8, result), updated_at = $9, ended_at = $10
			WHERE tenant_id = $1 AND test_run_id = $2`,
			tenant, id, t.State, t.Reason, t.Server, t.Done, t.Total, postgres.Nullable(string(t.Result)), t.UpdatedAt, postgres.Nullable(t.EndedAt)); err != nil {
			return err
		}
		if event == nil {
			return nil
		}
		return auditpg.Append(ctx, tx, *event)
	})
}

// Requested implements testruns.Store.
func (s *Store) Requested(ctx context.Context, silentSince time.Time, limit int) ([]testruns.Request, error) {
	const query = `SELECT r.tenant_id, t.name AS tenant_name, r.test_run_id, r.channel, r.flowchart, r.strategy,
			r.group_id, r.solution, r.group_name
		FROM test_runs r JOIN tenants t USING (tenant_id)
		WHERE r.state IN ('requested', 'running') AND (r.state = 'requested' OR r.updated_at < $1)
			AND NOT EXISTS (SELECT FROM test_runs e WHERE e.tenant_id = r.tenant_id AND e.group_id = r.group_id
				AND e.test_run_id < r.test_run_id AND e.state IN ('requested', 'running'))
		ORDER BY r.created_at LIMIT $2`
	var requests []testruns.Request
	err := s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		rows, err := controldb.Many[requestRow](ctx, tx, query, silentSince, limit)
		requests = make([]testruns.Request, 0, len(rows))
		for _, r := range rows {
			requests = append(requests, r.request())
		}
		return err
	})
	return requests, err
}
