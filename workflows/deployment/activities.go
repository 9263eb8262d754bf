package deployment

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// activities are those of the control plane. Each can be repeated at any time,
// also when it succeeded and nobody was told.
type activities struct {
	catalog Catalog
	groups  Groups
	now     func() time.Time
	logger  *slog.Logger
}

// BeginDeployment loads what the deployment is about and how far it is, and says
// on it that its turn has come.
func (a *activities) BeginDeployment(ctx context.Context, in Input) (plan, error) {
	whole, err := a.catalog.Begin(ctx, in.Tenant, in.Deployment)
	if err != nil {
		return plan{}, err
	}
	p := plan{Kind: whole.Kind, State: whole.State}
	for _, s := range whole.Servers {
		p.Servers = append(p.Servers, server{ID: s.ID, Name: s.Name})
	}
	return p, nil
}

// ValidateDeployment checks that the deployment can be made.
func (a *activities) ValidateDeployment(ctx context.Context, in Input) error {
	return a.catalog.Validate(ctx, in.Tenant, in.Deployment)
}

// RecordDeployment writes progress to the deployment.
func (a *activities) RecordDeployment(ctx context.Context, r report) error {
	return a.catalog.Record(ctx, r.Tenant, r.Deployment, deployments.Progress{State: r.State, Servers: progressOf(r.Servers)})
}

// PassPointOfNoReturn makes sure that the deployment cannot be cancelled any more;
// it returns false when it was.
func (a *activities) PassPointOfNoReturn(ctx context.Context, in Input) (proceed bool, err error) {
	return a.catalog.PassPointOfNoReturn(ctx, in.Tenant, in.Deployment)
}

// FinishDeployment writes down how the deployment ended, and returns the state in
// which it is then: it may have been cancelled before.
func (a *activities) FinishDeployment(ctx context.Context, o outcome) (deployments.State, error) {
	err := a.catalog.Finish(ctx, o.Tenant, o.Deployment, deployments.Outcome{
		State: o.State, Reason: o.Reason, Servers: progressOf(o.Servers),
	})
	if err != nil {
		return "", err
	}
	present, err := a.catalog.Begin(ctx, o.Tenant, o.Deployment)
	return present.State, err
}

// BuildPackage assembles, compiles and stores the package in the control database.
func (a *activities) BuildPackage(ctx context.Context, in Input) (b built, err error) {
	err = temporalclient.Beating(ctx, func() error {
		made, err := a.catalog.Build(ctx, in.Tenant, in.Deployment)
		b = built{Hash: made.Hash, From: made.From, Bytes: made.Bytes}
		return err
	})
	return b, err
}

// PublishPackage stores the package in the group's database.
func (a *activities) PublishPackage(ctx context.Context, in publication) error {
	return temporalclient.Beating(ctx, func() error {
		content, err := a.catalog.Package(ctx, in.Tenant, in.Hash)
		if err != nil {
			return err
		}
		return a.groups.Use(ctx, in.Tenant, in.Group, func(g versions.Group) error {
			return g.Publish(ctx, in.Hash, content)
		})
	})
}

// FindLiveServers returns the servers of the group that a process runs as now.
func (a *activities) FindLiveServers(ctx context.Context, in Input) (live []server, err error) {
	err = a.groups.Use(ctx, in.Tenant, in.Group, func(g versions.Group) error {
		found, err := g.LiveServers(ctx)
		for _, s := range found {
			live = append(live, server{ID: s.ID, Name: s.Name})
		}
		return err
	})
	return live, err
}

// MoveVersion makes the deployment's version the active one of the group.
func (a *activities) MoveVersion(ctx context.Context, in move) error {
	err := temporalclient.Beating(ctx, func() error {
		return a.groups.Use(ctx, in.Tenant, in.Group, func(g versions.Group) error { return a.move(ctx, g, in) })
	})
	if err != nil && activity.GetInfo(ctx).Attempt > 2 {
		a.noteDelay(ctx, in.Input, err)
	}
	return err
}

// move moves the version. A version that is older than the one expected means that
// the group's database was restored from a backup: deploying is how it is brought
// up to date, so that does not stand in the way.
func (a *activities) move(ctx context.Context, g versions.Group, in move) error {
	_, err := g.Move(ctx, in.From, in.version())
	if known, ok := fault.As(err); !ok || known.Type != versionMoved {
		return err
	}
	active, reading := g.Active(ctx)
	if reading != nil {
		return reading
	}
	for _, v := range append(active, versions.Version{Channel: in.Channel}) {
		if v.Channel != in.Channel {
			continue
		}
		if v.Number >= in.From {
			return err
		}
		a.logger.WarnContext(ctx, "the group's database is older than the deployments to it", "tenant", in.TenantName,
			"solution", in.Solution, "group", in.GroupName, "channel", in.Channel, "found", v.Number, "expected", in.From)
		_, err = g.Move(ctx, v.Number, in.version())
		return err
	}
	return err
}

// versionMoved is the type of the fault by which versions.Group says that another
// number than the expected one is active.
const versionMoved = "version-moved"

// noteDelay says on the deployment why it does not go on.
func (a *activities) noteDelay(ctx context.Context, in Input, why error) {
	reason := "an unexpected error"
	if known, ok := fault.As(why); ok {
		reason = known.Message
	}
	if err := a.catalog.Record(ctx, in.Tenant, in.Deployment, deployments.Progress{Reason: reason}); err != nil {
		a.logger.WarnContext(ctx, "progress is not recorded", "tenant", in.TenantName, "error", err)
	}
}

// ReleaseMarks releases the marks of what went out to production.
func (a *activities) ReleaseMarks(ctx context.Context, in Input) error {
	return temporalclient.Beating(ctx, func() error { return a.catalog.ReleaseMarks(ctx, in.Tenant, in.Deployment) })
}
