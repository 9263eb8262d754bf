package deploymentspg

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/tenants"
)

type groupColumns struct {
	Group     tenants.ServerGroupID `db:"group_id"`
	Solution  string                `db:"solution"`
	GroupName string                `db:"group_name"`
	GroupKind tenants.GroupKind     `db:"group_kind"`
}

func (c groupColumns) group() deployments.Group {
	return deployments.Group{ID: c.Group, Solution: c.Solution, Name: c.GroupName, Kind: c.GroupKind}
}

type row struct {
	ID            deployments.ID    `db:"deployment_id"`
	Channel       string            `db:"channel"`
	Number        int64             `db:"number"`
	Kind          deployments.Kind  `db:"kind"`
	Of            int64             `db:"of_number"`
	Name          string            `db:"name"`
	Note          string            `db:"note"`
	State         deployments.State `db:"state"`
	Reason        string            `db:"reason"`
	WaitsFor      int64             `db:"waits_for"`
	Built         bool              `db:"built"`
	Hash          *string           `db:"hash"`
	From          int64             `db:"from_number"`
	FromHash      string            `db:"from_hash"`
	Manifest      []byte            `db:"manifest"`
	AuthorTenant  string            `db:"author_tenant"`
	AuthorAccount string            `db:"author_account"`
	AuthorName    string            `db:"author_name"`
	CreatedAt     time.Time         `db:"created_at"`
	UpdatedAt     time.Time         `db:"updated_at"`
	MovedAt       *time.Time        `db:"moved_at"`
	EndedAt       *time.Time        `db:"ended_at"`
	groupColumns
}

// listed are the columns of a deployment without its manifest.
const listed = `d.deployment_id, d.channel, d.number, d.group_id, d.solution, d.group_name, d.group_kind, d.kind, d.of_number,
	d.name, d.note, d.state, d.reason, d.built, d.hash, d.from_number, d.from_hash, d.author_tenant, d.author_account,
	d.author_name, d.created_at, d.updated_at, d.moved_at, d.ended_at,
	CASE WHEN d.state = 'waiting' THEN coalesce((SELECT max(e.number) FROM deployments e
		WHERE e.tenant_id = d.tenant_id AND e.channel = d.channel AND e.group_id = d.group_id AND e.number < d.number
			AND e.state NOT IN ('succeeded', 'failed', 'cancelled', 'incomplete')), 0) ELSE 0 END AS waits_for`

func (r row) deployment(tenant tenants.TenantID) (deployments.Deployment, error) {
	d := deployments.Deployment{
		Tenant: tenant, ID: r.ID, Channel: r.Channel, Number: r.Number, Group: r.group(), Kind: r.Kind, Of: r.Of,
		Name: r.Name, Note: r.Note, State: r.State, Reason: r.Reason, WaitsFor: r.WaitsFor, Built: r.Built,
		From: r.From, FromHash: r.FromHash, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		CreatedBy: audit.Actor{Tenant: r.AuthorTenant, Account: r.AuthorAccount, Name: r.AuthorName},
		MovedAt:   at(r.MovedAt), EndedAt: at(r.EndedAt),
	}
	if r.Hash != nil {
		d.Hash = *r.Hash
	}
	if len(r.Manifest) > 0 {
		if err := json.Unmarshal(r.Manifest, &d.Manifest); err != nil {
			return deployments.Deployment{}, fmt.Errorf("manifest of deployment %s: %w", r.ID, err)
		}
	}
	return d, nil
}

// at is a time that may be missing.
func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

type serverRow struct {
	Server tenants.ServerID        `db:"server_id" json:"server_id"`
	Name   string                  `db:"name" json:"name"`
	State  deployments.ServerState `db:"state" json:"state"`
	Number int64                   `db:"number" json:"number"`
	Hash   string                  `db:"hash" json:"hash"`
	Since  time.Time               `db:"since" json:"since"`
	Reason string                  `db:"reason" json:"reason"`
}
