package tenantspg

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

type provisioningColumns struct {
	State         tenants.ProvisioningState `db:"provisioning_state"`
	Request       int64                     `db:"provisioning_request"`
	Step          string                    `db:"provisioning_step"`
	Reason        string                    `db:"provisioning_reason"`
	Workflow      string                    `db:"provisioning_workflow"`
	ProvisionedAt time.Time                 `db:"provisioning_updated_at"`
}

func (c provisioningColumns) provisioning() tenants.Provisioning {
	return tenants.Provisioning{
		State: c.State, Request: c.Request, Step: c.Step, Reason: c.Reason,
		WorkflowID: c.Workflow, UpdatedAt: c.ProvisionedAt.UTC(),
	}
}

type solutionRow struct {
	ID          tenants.SolutionID `db:"solution_id"`
	Tenant      tenants.TenantID   `db:"tenant_id"`
	Name        string             `db:"name"`
	DisplayName string             `db:"display_name"`
	provisioningColumns
	versionColumns
}

const selectSolution = `SELECT tenant_id, solution_id, name, display_name,
		provisioning_state, provisioning_request, provisioning_step, provisioning_reason, provisioning_workflow,
		provisioning_updated_at, version, created_at, updated_at
	FROM solutions WHERE tenant_id = $1 `

func (r solutionRow) resource() tenants.Solution {
	return tenants.Solution{
		ID: r.ID, Tenant: r.Tenant, Name: r.Name, DisplayName: r.DisplayName, Provisioning: r.provisioning(),
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func (r *reader) Solution(ctx context.Context, name tenants.Name) (tenants.Solution, error) {
	return get[solutionRow](ctx, r.tx, "solution", selectSolution+`AND name = $2`, r.tenant, name)
}

func (r *reader) SolutionByID(ctx context.Context, id tenants.SolutionID) (tenants.Solution, error) {
	return get[solutionRow](ctx, r.tx, "solution", selectSolution+`AND solution_id = $2`, r.tenant, id)
}

func (r *reader) Solutions(ctx context.Context, page paging.Request) (paging.Page[tenants.Solution], error) {
	return list[solutionRow](ctx, r.tx, page, func(s tenants.Solution) string { return s.Name },
		selectSolution+`AND name > $2 ORDER BY name LIMIT $3`, r.tenant)
}

func (w *writer) InsertSolution(ctx context.Context, s tenants.Solution) error {
	_, err := controldb.Exec(ctx, w.tx, `INSERT INTO solutions (tenant_id, solution_id, name, display_name,
			provisioning_state, provisioning_request, provisioning_step, provisioning_reason, provisioning_workflow,
			provisioning_updated_at, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		w.tenant, s.ID, s.Name, s.DisplayName, s.Provisioning.State, s.Provisioning.Request, s.Provisioning.Step,
		s.Provisioning.Reason, s.Provisioning.WorkflowID, s.Provisioning.UpdatedAt, s.Version, s.CreatedAt, s.UpdatedAt)
	if postgres.IsUniqueViolation(err, "solutions_name_key") {
		return tenants.NameTaken("solution", s.Name)
	}
	return err
}

func (w *writer) UpdateSolution(ctx context.Context, s tenants.Solution) error {
	_, err := controldb.Exec(ctx, w.tx, `UPDATE solutions SET display_name = $3, version = $4, updated_at = $5
		WHERE tenant_id = $1 AND solution_id = $2`, w.tenant, s.ID, s.DisplayName, s.Version, s.UpdatedAt)
	return err
}

func (w *writer) RequestProvisioning(ctx context.Context, solution tenants.SolutionID, at time.Time) error {
	_, err := controldb.Exec(ctx, w.tx, `UPDATE solutions SET provisioning_state = $3,
			provisioning_request = provisioning_request + 1, provisioning_step = '', provisioning_reason = '',
			provisioning_updated_at = $4
		WHERE tenant_id = $1 AND solution_id = $2`, w.tenant, solution, tenants.ProvisioningRequested, at)
	return err
}
