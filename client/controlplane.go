package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/interactionserver/configuration"
)

// The calls of the control plane. A create is safe to repeat: it carries an
// idempotency key of its own. A change names the version that it was made on,
// which is the resource's Version, or AnyVersion.

// AnyVersion names whatever version a resource has, in :publish and :retire
// alone; what people edit is changed from a version that was read.
const AnyVersion int64 = 0

// IsNotFound reports whether err says that there is no such resource.
func IsNotFound(err error) bool { return IsStatus(err, http.StatusNotFound) }

// IsPreconditionFailed reports whether err says that the resource was changed
// since the version that the call named.
func IsPreconditionFailed(err error) bool { return IsStatus(err, http.StatusPreconditionFailed) }

// CreateToken exchanges a password or an API key for a token.
func (c *Client) CreateToken(ctx context.Context, input NewToken) (Token, error) {
	return exchange[Token](ctx, c, http.MethodPost, "/v1/tokens", input, WithRetry())
}

// CreateTenant creates a tenant.
func (c *Client) CreateTenant(ctx context.Context, input NewTenant) (Tenant, error) {
	return create[Tenant](ctx, c, "/v1/tenants", input)
}

// Tenant reads a tenant.
func (c *Client) Tenant(ctx context.Context, tenant string) (Tenant, error) {
	return get[Tenant](ctx, c, tenantPath(tenant))
}

// Tenants lists all tenants.
func (c *Client) Tenants(ctx context.Context) ([]Tenant, error) {
	return list[Tenant](ctx, c, "/v1/tenants")
}

// UpdateTenant changes a tenant.
func (c *Client) UpdateTenant(ctx context.Context, tenant string, version int64, change TenantChange) (Tenant, error) {
	return update[Tenant](ctx, c, tenantPath(tenant), version, change)
}

// AuditEvents lists the newest events of a tenant, newest first, limit at most
// 200.
func (c *Client) AuditEvents(ctx context.Context, tenant string, limit int) ([]AuditEvent, error) {
	type page struct {
		Items []AuditEvent `json:"items"`
	}
	events, err := get[page](ctx, c, tenantPath(tenant, "audit-events")+"?limit="+strconv.Itoa(limit))
	return events.Items, err
}

// ServerConfiguration reads what a server works with; only the account that the
// server runs as may. etag is that of the configuration that the caller has, "" for
// none: ErrNotModified is returned when it is still the present one.
func (c *Client) ServerConfiguration(ctx context.Context, tenant, server, etag string) (configuration.Configuration, error) {
	var options []Option
	if etag != "" {
		options = append(options, IfNoneMatch(etag))
	}
	return exchange[configuration.Configuration](ctx, c, http.MethodGet, tenantPath(tenant, "servers", server, "configuration"), nil, options...)
}

// Nodes lists the nodes.
func (c *Client) Nodes(ctx context.Context) ([]Node, error) {
	return list[Node](ctx, c, "/v1/nodes")
}

// ReportNode tells the control plane how a node and its servers are, and returns
// what the node has to do.
func (c *Client) ReportNode(ctx context.Context, node string, report NodeReport) (NodeOrders, error) {
	return exchange[NodeOrders](ctx, c, http.MethodPut, join("/v1/nodes", node), report)
}

// ServerLaunch reads what a node needs to start one of its servers.
func (c *Client) ServerLaunch(ctx context.Context, node, server string) (configuration.Launch, error) {
	return get[configuration.Launch](ctx, c, join("/v1/nodes", node, "servers", server, "launch"))
}

func tenantPath(tenant string, below ...string) string {
	return join("/v1/tenants", append([]string{tenant}, below...)...)
}

// join appends segments, escaped, to a path.
func join(path string, segments ...string) string {
	var text strings.Builder
	text.WriteString(path)
	for _, segment := range segments {
		text.WriteString("/" + url.PathEscape(segment))
	}
	return text.String()
}

func exchange[T any](ctx context.Context, c *Client, method, path string, in any, options ...Option) (T, error) {
	var out T
	err := c.Do(ctx, method, path, in, &out, options...)
	return out, err
}

func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	return exchange[T](ctx, c, http.MethodGet, path, nil)
}

func list[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	var all []T
	for item, err := range All[T](ctx, c, path) {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}

func create[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	return exchange[T](ctx, c, http.MethodPost, path, in, IdempotencyKey(uuid.NewString()))
}

func update[T any](ctx context.Context, c *Client, path string, version int64, in any) (T, error) {
	return exchange[T](ctx, c, http.MethodPut, path, in, ifVersion(version)...)
}

// act calls a verb of a resource; doing it twice is harmless.
func act[T any](ctx context.Context, c *Client, path string, version int64) (T, error) {
	return exchange[T](ctx, c, http.MethodPost, path, nil, append(ifVersion(version), WithRetry())...)
}

func ifVersion(version int64) []Option {
	if version == AnyVersion {
		return nil
	}
	return []Option{IfMatch(`"` + strconv.FormatInt(version, 10) + `"`)}
}
