package provisioning

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// namespaces makes the Temporal namespaces of tenants.
type namespaces interface {
	Ensure(ctx context.Context, tenant tenants.Name) error
}

// activities are those of the control plane. Each can be repeated at any time.
type activities struct {
	catalog    Catalog
	databases  Databases
	namespaces namespaces
}

// Begin loads what is to be brought about and says on the solution that it is
// under way.
func (a *activities) Begin(ctx context.Context, in Input) (plan, error) {
	whole, err := a.catalog.Plan(ctx, in.Tenant, in.Solution)
	if err != nil {
		return plan{}, err
	}
	p := plan{Request: whole.Solution.Provisioning.Request}
	for _, g := range whole.Groups {
		planned := group{ID: g.ID, Name: g.Name}
		for _, s := range g.Servers {
			planned.Servers = append(planned.Servers, server{ID: s.ID, Name: s.Name, Node: s.Node, AccountDisabled: s.AccountDisabled})
		}
		p.Groups = append(p.Groups, planned)
	}
	_, err = a.Record(ctx, report{Input: in, Request: p.Request, State: tenants.ProvisioningRunning, Step: "preparing"})
	return p, err
}

// Record writes progress to the solution. It returns false when provisioning was
// asked for again since.
func (a *activities) Record(ctx context.Context, r report) (current bool, err error) {
	return a.catalog.RecordProvisioning(ctx, r.Tenant, r.Solution, tenants.Progress{
		Request: r.Request, State: r.State, Step: r.Step, Reason: r.Reason,
		WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID,
	})
}

// EnsureNamespace makes the tenant's Temporal namespace.
func (a *activities) EnsureNamespace(ctx context.Context, tenant tenants.Name) error {
	return temporalclient.Beating(ctx, func() error { return a.namespaces.Ensure(ctx, tenant) })
}

// EnsureDatabase makes a group's database.
func (a *activities) EnsureDatabase(ctx context.Context, in groupInput) (made madeDatabase, err error) {
	credentials, err := a.catalog.GroupCredentials(ctx, in.Tenant, in.Group)
	if err != nil {
		return madeDatabase{}, err
	}
	credentials.Servers = in.Servers
	err = temporalclient.Beating(ctx, func() error {
		outcome, err := a.databases.Ensure(ctx, credentials)
		made = madeDatabase{Database: credentials.Database, SchemaVersion: outcome.SchemaVersion, Created: outcome.Created}
		return err
	})
	return made, err
}

// GrantServerAccount makes sure that the account which the server runs as has the
// key that the server logs in with.
func (a *activities) GrantServerAccount(ctx context.Context, in serverInput) error {
	_, err := a.catalog.ServerAPIKey(ctx, in.Tenant, in.Server)
	return err
}
