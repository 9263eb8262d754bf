package api

import (
	"context"
	"net/http"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

type listedPlace interface {
	placed
	page() rest.Page
}

func listingOf(kind definition.Kind) listing { return listing(kind.Plural()) }

func listDesign[T definition.Document, P interface {
	*I
	listedPlace
}, I any](h *handlers) func(context.Context, *I) (*listOutput[client.DesignObject[T]], error) {
	return func(ctx context.Context, in *I) (*listOutput[client.DesignObject[T]], error) {
		page, err := designPage(ctx, h, kindOf[T](), P(in))
		if err != nil {
			return nil, err
		}
		return respondDesign[T](page)
	}
}

func designPage(ctx context.Context, h *handlers, kind definition.Kind, in listedPlace) (paging.Page[design.Object], error) {
	request, err := listingOf(kind).request(in.page())
	if err != nil {
		return paging.Page[design.Object]{}, err
	}
	at := in.at()
	tenant, err := h.tenantIDs.find(ctx, at.tenant)
	if err != nil {
		return paging.Page[design.Object]{}, err
	}
	return h.Design.List(ctx, tenant, kind, at.channel, request)
}

func respondDesign[T definition.Document](page paging.Page[design.Object]) (*listOutput[client.DesignObject[T]], error) {
	shapes := paging.Page[client.DesignObject[T]]{Next: page.Next}
	for _, o := range page.Items {
		shape, err := designShape[T](o)
		if err != nil {
			return nil, err
		}
		shapes.Items = append(shapes.Items, shape)
	}
	return respond(listingOf(kindOf[T]()), shapes, func(o client.DesignObject[T]) client.DesignObject[T] { return o }), nil
}

// listChannels decides for each channel whether the caller sees it.
func (h *handlers) listChannels(ctx context.Context, in *ListInTenant) (*listOutput[client.DesignObject[definition.Channel]], error) {
	page, err := designPage(ctx, h, definition.KindChannel, in)
	if err != nil {
		return nil, err
	}
	visible := page.Items[:0]
	for _, o := range page.Items {
		spec, err := design.Decode[definition.Channel](o)
		if err != nil {
			return nil, err
		}
		allowed, err := h.allowed(ctx, accessgroups.ViewDesign, accessgroups.Object{Tenant: o.Tenant, Solution: spec.Solution})
		if err != nil {
			return nil, err
		}
		if allowed {
			visible = append(visible, o)
		}
	}
	page.Items = visible
	return respondDesign[definition.Channel](page)
}

func getDesign[T definition.Document, P interface {
	*I
	placed
}, I any](h *handlers) func(context.Context, *I) (*resource[client.DesignObject[T]], error) {
	return func(ctx context.Context, in *I) (*resource[client.DesignObject[T]], error) {
		at := P(in).at()
		tenant, err := h.tenantIDs.find(ctx, at.tenant)
		if err != nil {
			return nil, err
		}
		return respondObject[T](h.Design.Get(ctx, tenant, at.of(kindOf[T]())))
	}
}

type putDesignOutput[T any] struct {
	Status int
	rest.ETag
	Body client.DesignObject[T]
}

func putDesign[T definition.Document, P interface {
	*I
	placed
	match() rest.IfMatch
	draft() client.DesignDraft[T]
}, I any](h *handlers) func(context.Context, *I) (*putDesignOutput[T], error) {
	return func(ctx context.Context, in *I) (*putDesignOutput[T], error) {
		at := P(in).at()
		version, err := putVersion(P(in).match(), design.NoVersion)
		if err != nil {
			return nil, err
		}
		tenant, err := h.tenantIDs.find(ctx, at.tenant)
		if err != nil {
			return nil, err
		}
		draft := P(in).draft()
		o, created, err := h.Design.Put(ctx, actor(ctx), tenant, at.of(kindOf[T]()), version,
			design.Draft{DisplayName: draft.DisplayName, Spec: draft.Spec})
		if err != nil {
			return nil, err
		}
		body, err := designShape[T](o)
		out := &putDesignOutput[T]{Status: http.StatusOK, ETag: rest.ETag{ETag: rest.VersionETag(o.Version)}, Body: body}
		if created {
			out.Status = http.StatusCreated
		}
		return out, err
	}
}

func deleteDesign[T definition.Document, P interface {
	*I
	placed
	match() rest.IfMatch
}, I any](h *handlers) func(context.Context, *I) (*struct{}, error) {
	return func(ctx context.Context, in *I) (*struct{}, error) {
		at := P(in).at()
		version, err := P(in).match().Version()
		if err != nil {
			return nil, err
		}
		tenant, err := h.tenantIDs.find(ctx, at.tenant)
		if err != nil {
			return nil, err
		}
		return nil, h.Design.Delete(ctx, actor(ctx), tenant, at.of(kindOf[T]()), version)
	}
}

func copyDesign[T definition.Document, P interface {
	*I
	placed
	copied() client.ChannelDesignCopy
}, I any](h *handlers) func(context.Context, *I) (*resource[client.DesignObject[T]], error) {
	return func(ctx context.Context, in *I) (*resource[client.DesignObject[T]], error) {
		at, wish := P(in).at(), P(in).copied()
		tenant, err := h.tenantIDs.find(ctx, at.tenant)
		if err != nil {
			return nil, err
		}
		to := place{tenant: at.tenant, channel: at.channel, name: wish.Name}
		if wish.Channel != "" && wish.Channel != at.channel {
			to.channel = wish.Channel
			if err := h.mayDesign(ctx, tenant, to.channel); err != nil {
				return nil, err
			}
		}
		if kindOf[T]() == definition.KindChannel {
			if err := h.mayCreateChannel(ctx, tenant); err != nil {
				return nil, err
			}
		}
		return respondObject[T](h.Design.Copy(ctx, actor(ctx), tenant, at.of(kindOf[T]()), to.of(kindOf[T]()), wish.DisplayName))
	}
}

// mayDesign refuses who may not change what lies in a channel.
func (h *handlers) mayDesign(ctx context.Context, tenant tenants.TenantID, channel tenants.Name) error {
	solution, err := h.channelSolutions.find(ctx, tenant, channel)
	if err != nil {
		return err
	}
	return h.must(ctx, accessgroups.ManageDesign, accessgroups.Object{Tenant: tenant, Solution: solution})
}

// mayCreateChannel refuses who may not change the design of the whole tenant.
func (h *handlers) mayCreateChannel(ctx context.Context, tenant tenants.TenantID) error {
	return h.must(ctx, accessgroups.ManageDesign, accessgroups.Object{Tenant: tenant})
}

func (h *handlers) must(ctx context.Context, action accessgroups.Action, object accessgroups.Object) error {
	allowed, err := h.allowed(ctx, action, object)
	if err == nil && !allowed {
		return fault.New(fault.Forbidden, "not-allowed", "the account may not do this")
	}
	return err
}

func listDesignChanges[T definition.Document, P interface {
	*I
	listedPlace
}, I any](h *handlers) func(context.Context, *I) (*listOutput[client.DesignChange], error) {
	changes := listing(string(kindOf[T]()) + "-changes")
	return func(ctx context.Context, in *I) (*listOutput[client.DesignChange], error) {
		at := P(in).at()
		request, err := changes.request(P(in).page())
		if err != nil {
			return nil, err
		}
		tenant, err := h.tenantIDs.find(ctx, at.tenant)
		if err != nil {
			return nil, err
		}
		page, err := h.Design.Changes(ctx, tenant, at.of(kindOf[T]()), request)
		if err != nil {
			return nil, err
		}
		return respond(changes, page, designChangeShape), nil
	}
}

type getDesignChangeOutput[T any] struct{ Body client.DesignVersion[T] }

func getDesignChange[T definition.Document, P interface {
	*I
	placed
	number() int64
}, I any](h *handlers) func(context.Context, *I) (*getDesignChangeOutput[T], error) {
	return func(ctx context.Context, in *I) (*getDesignChangeOutput[T], error) {
		at := P(in).at()
		tenant, err := h.tenantIDs.find(ctx, at.tenant)
		if err != nil {
			return nil, err
		}
		change, err := h.Design.Change(ctx, tenant, at.of(kindOf[T]()), P(in).number())
		if err != nil {
			return nil, err
		}
		spec, err := design.Decode[T](design.Object{Reference: at.of(kindOf[T]()), Spec: change.Spec})
		return &getDesignChangeOutput[T]{Body: client.DesignVersion[T]{DesignChange: designChangeShape(change), Spec: spec}}, err
	}
}

func markDesign[T definition.Document](h *handlers) func(context.Context, *markInChannelDesign) (*resource[client.DesignObject[T]], error) {
	return func(ctx context.Context, in *markInChannelDesign) (*resource[client.DesignObject[T]], error) {
		version, err := optionalMatch(in.IfMatch)
		if err != nil {
			return nil, err
		}
		tenant, err := h.tenantIDs.find(ctx, in.Tenant)
		if err != nil {
			return nil, err
		}
		return respondObject[T](h.Design.Mark(ctx, actor(ctx), tenant, in.at().of(kindOf[T]()), version, design.MarkFor(in.Body.For)))
	}
}

func unmarkDesign[T definition.Document](h *handlers) func(context.Context, *unmarkInChannelDesign) (*resource[client.DesignObject[T]], error) {
	return func(ctx context.Context, in *unmarkInChannelDesign) (*resource[client.DesignObject[T]], error) {
		version, err := optionalMatch(in.IfMatch)
		if err != nil {
			return nil, err
		}
		tenant, err := h.tenantIDs.find(ctx, in.Tenant)
		if err != nil {
			return nil, err
		}
		return respondObject[T](h.Design.Unmark(ctx, actor(ctx), tenant, in.at().of(kindOf[T]()), version))
	}
}

func respondObject[T definition.Document](o design.Object, err error) (*resource[client.DesignObject[T]], error) {
	if err != nil {
		return nil, err
	}
	body, err := designShape[T](o)
	if err != nil {
		return nil, err
	}
	return respondOne(o.Version, body), nil
}

func designShape[T definition.Document](o design.Object) (client.DesignObject[T], error) {
	spec, err := design.Decode[T](o)
	shape := client.DesignObject[T]{
		ID: o.ID, Name: o.Name, Channel: o.Channel, DisplayName: o.DisplayName, Spec: spec, Version: o.Version,
		CreatedAt: o.CreatedAt, CreatedBy: o.CreatedBy, UpdatedAt: o.UpdatedAt, UpdatedBy: o.UpdatedBy,
	}
	if o.Mark != nil {
		shape.Mark = &client.DesignMark{For: string(o.Mark.For), By: o.Mark.By, At: o.Mark.At, Version: o.Mark.Version}
	}
	return shape, err
}

func designChangeShape(c design.Change) client.DesignChange {
	shape := client.DesignChange{
		Number: c.Number, What: string(c.What), At: c.At, By: c.By, DisplayName: c.DisplayName, Differences: []client.DesignDifference{},
	}
	for _, d := range c.Differences {
		shape.Differences = append(shape.Differences, client.DesignDifference{Path: d.Path, From: d.From, To: d.To})
	}
	return shape
}
