// Package tenantspg keeps tenants, solutions, server groups, servers, accounts
// and nodes in the control database. It implements tenants.Store on sqlx.
package tenantspg
