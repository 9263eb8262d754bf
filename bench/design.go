package main

import (
	"context"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

const buildRounds = 7

// largeChannel has a design of the size that the aims are given for.
const largeChannel = "large"

// bringDesign imports a synthetic design as a channel of a solution and marks all
// of it for deployment.
func (e *environment) bringDesign(ctx context.Context, channel, solution string, size bundletest.Size) error {
	return e.bringPackage(ctx, channel, solution, bundletest.Synthetic(size))
}

func (e *environment) bringPackage(ctx context.Context, channel, solution string, p *bundle.Package) error {
	p.Channel = channel
	p.Content.Channel.Solution, p.Content.Channel.ServerGroups = solution, []string{groupName}
	var (
		input client.DesignImport
		wrong error
		marks []definition.Reference
	)
	p.Each(func(r definition.Reference, d definition.Document) {
		spec, err := definition.Encode(d)
		if err != nil {
			wrong = err
		}
		input.Objects = append(input.Objects, client.DesignDocument{Kind: string(r.Kind), Channel: r.Channel, Name: r.Name, Spec: spec})
		if r.Kind.Marked() {
			marks = append(marks, r)
		}
	})
	if wrong != nil {
		return wrong
	}
	if _, err := e.admin.ImportDesign(ctx, tenantName, input); err != nil {
		return fmt.Errorf("import channel %s: %w", channel, err)
	}
	for _, r := range marks {
		objects := client.RawDesigns(e.admin, tenantName, r.Channel, r.Kind)
		if _, err := objects.Mark(ctx, r.Name, client.AnyVersion, string(design.ForDeployment)); err != nil {
			return fmt.Errorf("mark %s: %w", r, err)
		}
	}
	return nil
}

// benchPackageBuild measures what a deployment does to build its package: read the
// design from the control database, put the package together, check it, write its
// canonical form. The limit is that form alone.
func benchPackageBuild(ctx context.Context, e *environment) (result, error) {
	if err := e.bringDesign(ctx, largeChannel, solutionName, bundletest.Usual); err != nil {
		return result{}, err
	}
	tenant, err := e.admin.Tenant(ctx, tenantName)
	if err != nil {
		return result{}, err
	}
	pool, err := postgres.Open(ctx, e.platform.DatabaseURL, postgres.Options{MaxOpen: 2, Name: "bench"})
	if err != nil {
		return result{}, err
	}
	defer func() { _ = pool.Close() }()
	designs := design.NewService(designpg.New(controldb.New(pool)), nil)
	var ours, bare []float64
	for range buildRounds {
		began := time.Now()
		p, err := buildPackage(ctx, designs, tenants.TenantID(tenant.ID))
		if err != nil {
			return result{}, err
		}
		ours = append(ours, milliseconds(time.Since(began)))
		began = time.Now()
		if _, _, err := p.Encode(); err != nil {
			return result{}, err
		}
		bare = append(bare, milliseconds(time.Since(began)))
	}
	return newResult("packageBuild", "ms", median(ours), "its canonical form and hash alone", median(bare)), nil
}

func buildPackage(ctx context.Context, designs *design.Service, tenant tenants.TenantID) (*bundle.Package, error) {
	present, err := designs.Snapshot(ctx, tenant, largeChannel)
	if err != nil {
		return nil, err
	}
	p, _, err := deployments.Assemble(present, nil, deployments.Deploy)
	if err != nil {
		return nil, err
	}
	if _, err := bundle.Compile(&p); err != nil {
		return nil, err
	}
	_, _, err = p.Encode()
	return &p, err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
