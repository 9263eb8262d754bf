package client

import (
	"context"
	"net/http"
	"strconv"
)

// CreateAccount creates an account.
func (c *Client) CreateAccount(ctx context.Context, tenant string, input NewAccount) (Account, error) {
	return create[Account](ctx, c, tenantPath(tenant, "accounts"), input)
}

// Account reads an account.
func (c *Client) Account(ctx context.Context, tenant, account string) (Account, error) {
	return get[Account](ctx, c, tenantPath(tenant, "accounts", account))
}

// Accounts lists the accounts of a tenant.
func (c *Client) Accounts(ctx context.Context, tenant string) ([]Account, error) {
	return list[Account](ctx, c, tenantPath(tenant, "accounts"))
}

// UpdateAccount changes an account.
func (c *Client) UpdateAccount(ctx context.Context, tenant, account string, version int64, change AccountChange) (Account, error) {
	return update[Account](ctx, c, tenantPath(tenant, "accounts", account), version, change)
}

// SetPassword gives a person a password.
func (c *Client) SetPassword(ctx context.Context, tenant, account, password string) error {
	return c.Do(ctx, http.MethodPut, tenantPath(tenant, "accounts", account, "password"), Password{Password: password}, nil)
}

// CreateAPIKey makes an API key. Its text is shown this once; the call is
// therefore not repeated by itself.
func (c *Client) CreateAPIKey(ctx context.Context, tenant, account string) (CreatedAPIKey, error) {
	return exchange[CreatedAPIKey](ctx, c, http.MethodPost, tenantPath(tenant, "accounts", account, "api-keys"), nil)
}

// APIKeys lists the API keys of an account.
func (c *Client) APIKeys(ctx context.Context, tenant, account string) ([]APIKey, error) {
	return list[APIKey](ctx, c, tenantPath(tenant, "accounts", account, "api-keys"))
}

// RevokeAPIKey revokes an API key.
func (c *Client) RevokeAPIKey(ctx context.Context, tenant, account, key string) error {
	return c.Do(ctx, http.MethodDelete, tenantPath(tenant, "accounts", account, "api-keys", key), nil, nil)
}

// CreateAccessGroup creates an access group.
func (c *Client) CreateAccessGroup(ctx context.Context, tenant string, input NewAccessGroup) (AccessGroup, error) {
	return create[AccessGroup](ctx, c, tenantPath(tenant, "access-groups"), input)
}

// AccessGroup reads an access group.
func (c *Client) AccessGroup(ctx context.Context, tenant, group string) (AccessGroup, error) {
	return get[AccessGroup](ctx, c, tenantPath(tenant, "access-groups", group))
}

// AccessGroups lists the access groups of a tenant.
func (c *Client) AccessGroups(ctx context.Context, tenant string) ([]AccessGroup, error) {
	return list[AccessGroup](ctx, c, tenantPath(tenant, "access-groups"))
}

// UpdateAccessGroup changes an access group: its members and grants become those
// of the change.
func (c *Client) UpdateAccessGroup(ctx context.Context, tenant, group string, version int64, change AccessGroupChange) (AccessGroup, error) {
	return update[AccessGroup](ctx, c, tenantPath(tenant, "access-groups", group), version, change)
}

// DeleteAccessGroup deletes an access group and with it what it grants.
func (c *Client) DeleteAccessGroup(ctx context.Context, tenant, group string, version int64) error {
	return c.Do(ctx, http.MethodDelete, tenantPath(tenant, "access-groups", group), nil, nil, ifVersion(version)...)
}

// GrantDirectly grants actions on a process to one account, and returns the access
// group of that account.
func (c *Client) GrantDirectly(ctx context.Context, tenant string, grant DirectGrant) (AccessGroup, error) {
	return exchange[AccessGroup](ctx, c, http.MethodPost, tenantPath(tenant, "access-groups")+":grant", grant, WithRetry())
}

// PutBusinessProcess creates a business process (AnyVersion) or replaces its
// draft.
func (c *Client) PutBusinessProcess(ctx context.Context, tenant, process string, version int64, draft BusinessProcessDraft) (BusinessProcess, error) {
	return update[BusinessProcess](ctx, c, processPath(tenant, process), version, draft)
}

// BusinessProcess reads a business process with its draft.
func (c *Client) BusinessProcess(ctx context.Context, tenant, process string) (BusinessProcess, error) {
	return get[BusinessProcess](ctx, c, processPath(tenant, process))
}

// BusinessProcesses lists the business processes of a tenant, without drafts.
func (c *Client) BusinessProcesses(ctx context.Context, tenant string) ([]BusinessProcess, error) {
	return list[BusinessProcess](ctx, c, tenantPath(tenant, "business-processes"))
}

// PublishBusinessProcess makes the draft a version, or returns the newest version
// when it has the same content.
func (c *Client) PublishBusinessProcess(ctx context.Context, tenant, process string, version int64) (ProcessVersion, error) {
	return act[ProcessVersion](ctx, c, processPath(tenant, process)+":publish", version)
}

// RetireBusinessProcess takes a process out of service until it is published again.
func (c *Client) RetireBusinessProcess(ctx context.Context, tenant, process string, version int64) (BusinessProcess, error) {
	return act[BusinessProcess](ctx, c, processPath(tenant, process)+":retire", version)
}

// ProcessVersion reads a published version with its document.
func (c *Client) ProcessVersion(ctx context.Context, tenant, process string, number int) (ProcessVersion, error) {
	return get[ProcessVersion](ctx, c, join(processPath(tenant, process), "versions", strconv.Itoa(number)))
}

// ProcessVersions lists the published versions, newest first, without documents.
func (c *Client) ProcessVersions(ctx context.Context, tenant, process string) ([]ProcessVersion, error) {
	return list[ProcessVersion](ctx, c, join(processPath(tenant, process), "versions"))
}

func processPath(tenant, process string) string {
	return tenantPath(tenant, "business-processes", process)
}
