package client

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Designs are the design objects of one kind, of a tenant or of a channel. T is
// the definition of the kind, or json.RawMessage.
type Designs[T any] struct {
	client *Client
	path   string
}

// TenantDesigns are the objects of a kind that lies in the tenant:
// TenantDesigns[definition.Offer](c, "bank").
func TenantDesigns[T definition.Document](c *Client, tenant string) Designs[T] {
	var of T
	return Designs[T]{client: c, path: designPath(tenant, "", of.Kind())}
}

// ChannelDesigns are the objects of a kind that lies in a channel.
func ChannelDesigns[T definition.Document](c *Client, tenant, channel string) Designs[T] {
	var of T
	return Designs[T]{client: c, path: designPath(tenant, channel, of.Kind())}
}

// RawDesigns are the objects of any kind; channel is "" for what lies in the
// tenant.
func RawDesigns(c *Client, tenant, channel string, kind definition.Kind) Designs[json.RawMessage] {
	return Designs[json.RawMessage]{client: c, path: designPath(tenant, channel, kind)}
}

func designPath(tenant, channel string, kind definition.Kind) string {
	if kind.InChannel() {
		return tenantPath(tenant, definition.KindChannel.Plural(), channel, kind.Plural())
	}
	return tenantPath(tenant, kind.Plural())
}

// List lists them by name. Of channels it lists those alone that the caller may
// view.
func (d Designs[T]) List(ctx context.Context) ([]DesignObject[T], error) {
	return list[DesignObject[T]](ctx, d.client, d.path)
}

// Get reads one.
func (d Designs[T]) Get(ctx context.Context, name string) (DesignObject[T], error) {
	return get[DesignObject[T]](ctx, d.client, join(d.path, name))
}

// Put creates one, with version 0, or replaces it.
func (d Designs[T]) Put(ctx context.Context, name string, version int64, draft DesignDraft[T]) (DesignObject[T], error) {
	return update[DesignObject[T]](ctx, d.client, join(d.path, name), version, draft)
}

// Delete deletes one that is not in use.
func (d Designs[T]) Delete(ctx context.Context, name string, version int64) error {
	return d.client.Do(ctx, http.MethodDelete, join(d.path, name), nil, nil, ifVersion(version)...)
}

// Copy creates a copy in the same place.
func (d Designs[T]) Copy(ctx context.Context, name string, to DesignCopy) (DesignObject[T], error) {
	return exchange[DesignObject[T]](ctx, d.client, http.MethodPost, join(d.path, name)+":copy", to, IdempotencyKey(uuid.NewString()))
}

// CopyTo creates a copy in a channel, of what lies in one.
func (d Designs[T]) CopyTo(ctx context.Context, name string, to ChannelDesignCopy) (DesignObject[T], error) {
	return exchange[DesignObject[T]](ctx, d.client, http.MethodPost, join(d.path, name)+":copy", to, IdempotencyKey(uuid.NewString()))
}

// Changes lists the changes of one, newest first; those of a deleted one are kept.
func (d Designs[T]) Changes(ctx context.Context, name string) ([]DesignChange, error) {
	return list[DesignChange](ctx, d.client, join(d.path, name, "changes"))
}

// Change reads one as it was after a change.
func (d Designs[T]) Change(ctx context.Context, name string, number int64) (DesignVersion[T], error) {
	return get[DesignVersion[T]](ctx, d.client, join(d.path, name, "changes", strconv.FormatInt(number, 10)))
}

// Mark marks a flowchart or a strategy for "deployment" or "undeployment", which
// locks it. version may be AnyVersion.
func (d Designs[T]) Mark(ctx context.Context, name string, version int64, what string) (DesignObject[T], error) {
	return exchange[DesignObject[T]](ctx, d.client, http.MethodPost, join(d.path, name)+":mark", DesignMarking{For: what},
		append(ifVersion(version), WithRetry())...)
}

// Unmark cancels the mark of a flowchart or a strategy. version may be AnyVersion.
func (d Designs[T]) Unmark(ctx context.Context, name string, version int64) (DesignObject[T], error) {
	return act[DesignObject[T]](ctx, d.client, join(d.path, name)+":unmark", version)
}
