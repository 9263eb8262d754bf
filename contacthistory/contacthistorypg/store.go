package contacthistorypg

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// Store implements contacthistory.Store.
type Store struct{ db *controldb.DB }

var _ contacthistory.Store = (*Store)(nil)

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }

type watermarkRow struct {
	Epoch  int64     `db:"epoch"`
	ReadTo int64     `db:"read_to"`
	Mark   uuid.UUID `db:"mark"`
}

// Watermark implements contacthistory.Store.
func (s *Store) Watermark(ctx context.Context, tenant tenants.TenantID, group tenants.ServerGroupID) (contacthistory.Watermark, error) {
	var rows []watermarkRow
	err := s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) (err error) {
		rows, err = controldb.Many[watermarkRow](ctx, tx, `SELECT epoch, read_to, mark FROM history_sources
			WHERE tenant_id = $1 AND group_id = $2`, tenant, group)
		return err
	})
	if err != nil || len(rows) == 0 {
		return contacthistory.Watermark{}, err
	}
	return contacthistory.Watermark(rows[0]), nil
}

type groupRow struct {
	Tenant     tenants.TenantID      `db:"tenant_id"`
	TenantName tenants.Name          `db:"tenant_name"`
	ID         tenants.ServerGroupID `db:"group_id"`
	Solution   tenants.Name          `db:"solution"`
	Name       tenants.Name          `db:"name"`
}

// Wanted implements contacthistory.Store.
func (s *Store) Wanted(ctx context.Context, after tenants.ServerGroupID, limit int) ([]contacthistory.Group, error) {
	var rows []groupRow
	err := s.db.Platform(ctx, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		rows, err = controldb.Many[groupRow](ctx, tx, `
			SELECT g.tenant_id, t.name AS tenant_name, g.group_id, s.name AS solution, g.name
			FROM server_groups g JOIN solutions s USING (tenant_id, solution_id) JOIN tenants t USING (tenant_id)
			WHERE ($1::uuid IS NULL OR g.group_id > $1)
				AND (EXISTS (SELECT FROM deployed_versions d WHERE d.tenant_id = g.tenant_id AND d.group_id = g.group_id)
					OR EXISTS (SELECT FROM history_sources h WHERE h.tenant_id = g.tenant_id AND h.group_id = g.group_id))
			ORDER BY g.group_id LIMIT $2`, postgres.Nullable(string(after)), limit)
		return err
	})
	groups := make([]contacthistory.Group, len(rows))
	for i, r := range rows {
		groups[i] = contacthistory.Group(r)
	}
	return groups, err
}

type sourceRow struct {
	Group    tenants.ServerGroupID `db:"group_id"`
	Solution tenants.Name          `db:"solution"`
	Name     tenants.Name          `db:"name"`
	watermarkRow
	Contacts  int64     `db:"contacts"`
	Responses int64     `db:"responses"`
	Orphans   int64     `db:"orphans"`
	BeganAt   time.Time `db:"began_at"`
	MovedAt   time.Time `db:"moved_at"`
}

// Sources implements contacthistory.Store.
func (s *Store) Sources(ctx context.Context, tenant tenants.TenantID) ([]contacthistory.SourceState, error) {
	var rows []sourceRow
	err := s.db.View(ctx, string(tenant), func(ctx context.Context, tx *sqlx.Tx) (err error) {
		rows, err = controldb.Many[sourceRow](ctx, tx, `
			SELECT h.group_id, s.name AS solution, g.name, h.epoch, h.read_to, h.mark, h.contacts, h.responses, h.orphans, h.began_at, h.moved_at
			FROM history_sources h JOIN server_groups g USING (tenant_id, group_id) JOIN solutions s USING (tenant_id, solution_id)
			WHERE h.tenant_id = $1 ORDER BY s.name, g.name`, tenant)
		return err
	})
	states := make([]contacthistory.SourceState, len(rows))
	for i, r := range rows {
		states[i] = contacthistory.SourceState{
			Group: r.Group, Solution: r.Solution, Name: r.Name, Watermark: contacthistory.Watermark(r.watermarkRow),
			Moved:   contacthistory.Counts{Contacts: r.Contacts, Responses: r.Responses, Orphans: r.Orphans},
			BeganAt: r.BeganAt.UTC(), MovedAt: r.MovedAt.UTC(),
		}
	}
	return states, err
}
