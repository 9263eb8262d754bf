package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

func (h *handlers) registerDesignFiles(a *rest.API) {
	const design = "/v1/tenants/{tenant}/design"
	rest.Handle(a, rest.Operation{
		ID: "import-design", Method: http.MethodPost, Path: design + ":import", Tag: designTag, Summary: "Bring in design objects, all or none",
		Description: "Objects are created or replaced. They are checked as they are together, so that they may name each other in any order. " +
			"What is there and not among them stays. With dryRun nothing is kept. The places of a refusal begin with objects[n].",
		Action: string(accessgroups.ViewSharedDesign), Problems: []int{http.StatusConflict},
	}, h.importDesign)
	rest.Handle(a, rest.Operation{
		ID: "export-design", Method: http.MethodGet, Path: design + ":export", Tag: designTag, Summary: "Read all design objects of a tenant",
		Description: "Each comes after those of other kinds that it names. With a channel: that one alone, with what lies in the tenant.",
		Action:      string(accessgroups.ViewSharedDesign),
	}, h.exportDesign)
}

type importDesignInput struct {
	InTenant
	Body client.DesignImport
}

type importDesignOutput struct{ Body client.DesignImported }

func (h *handlers) importDesign(ctx context.Context, in *importDesignInput) (*importDesignOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	incoming := make([]design.Incoming, 0, len(in.Body.Objects))
	for i, o := range in.Body.Objects {
		spec, err := definition.Decode(definition.Kind(o.Kind), o.Spec)
		if err != nil {
			return nil, inObject(i, err)
		}
		incoming = append(incoming, design.Incoming{
			Reference: definition.Reference{Kind: definition.Kind(o.Kind), Channel: o.Channel, Name: o.Name},
			Draft:     design.Draft{DisplayName: o.DisplayName, Spec: spec},
		})
	}
	if err := h.mayImport(ctx, tenant, incoming); err != nil {
		return nil, err
	}
	outcomes, err := h.Design.Import(ctx, actor(ctx), tenant, incoming, in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	out := &importDesignOutput{Body: client.DesignImported{Objects: []client.DesignOutcome{}}}
	for _, outcome := range outcomes {
		out.Body.Objects = append(out.Body.Objects, outcomeShape(outcome))
	}
	return out, nil
}

// inObject says in which object of an import a fault is.
func inObject(i int, err error) error {
	f, ok := fault.As(err)
	if !ok {
		return err
	}
	for j := range f.Places {
		f.Places[j].Path = definition.Join(fmt.Sprintf("objects[%d].spec", i), f.Places[j].Path)
	}
	return f
}

// mayImport refuses who may not change all of the objects. Those of a channel that
// is among them, or that does not exist, take a role in the whole tenant.
func (h *handlers) mayImport(ctx context.Context, tenant tenants.TenantID, objects []design.Incoming) error {
	allowed := map[tenants.Name]bool{}
	for _, o := range objects {
		channel := o.Channel
		if allowed[channel] {
			continue
		}
		err := h.mayImportInto(ctx, tenant, channel)
		if err != nil {
			return err
		}
		allowed[channel] = true
	}
	return nil
}

func (h *handlers) mayImportInto(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) error {
	whole := h.must(ctx, accessgroups.ManageDesign, accessgroups.Object{Tenant: tenant})
	if whole == nil || channel == "" || !fault.Is(whole, fault.Forbidden) {
		return whole
	}
	err := h.mayDesign(ctx, tenant, channel)
	if fault.Is(err, fault.NotFound) {
		return whole
	}
	return err
}

func outcomeShape(o design.Outcome) client.DesignOutcome {
	shape := client.DesignOutcome{Object: o.String(), Outcome: "unchanged"}
	switch o.What {
	case design.Created:
		shape.Outcome = "created"
	case design.Edited:
		shape.Outcome = "updated"
	default: // as it was
	}
	for _, d := range o.Differences {
		shape.Differences = append(shape.Differences, client.DesignDifference{Path: d.Path, From: d.From, To: d.To})
	}
	return shape
}

type exportDesignInput struct {
	InTenant
	Channel string `query:"channel" maxLength:"63" doc:"Only this channel, with what lies in the tenant"`
}

type exportDesignOutput struct{ Body client.DesignExport }

func (h *handlers) exportDesign(ctx context.Context, in *exportDesignInput) (*exportDesignOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	objects, err := h.Design.Export(ctx, tenant, in.Channel)
	if err != nil {
		return nil, err
	}
	visible := map[tenants.Name]bool{"": true}
	out := &exportDesignOutput{Body: client.DesignExport{Objects: []client.DesignDocument{}}}
	for _, o := range objects {
		if err := h.learnVisible(ctx, tenant, o, visible); err != nil {
			return nil, err
		}
		if !visible[o.Channel] || o.Kind == definition.KindChannel && !visible[o.Name] {
			continue
		}
		out.Body.Objects = append(out.Body.Objects, client.DesignDocument{
			Kind: string(o.Kind), Channel: o.Channel, Name: o.Name, DisplayName: o.DisplayName, Spec: o.Spec,
		})
	}
	return out, nil
}

// learnVisible notes of a channel whether the caller may view it.
func (h *handlers) learnVisible(ctx context.Context, tenant tenants.TenantID, o design.Object, visible map[tenants.Name]bool) error {
	if o.Kind != definition.KindChannel {
		return nil
	}
	spec, err := design.Decode[definition.Channel](o)
	if err != nil {
		return err
	}
	visible[o.Name], err = h.allowed(ctx, accessgroups.ViewDesign, accessgroups.Object{Tenant: tenant, Solution: spec.Solution})
	return err
}
