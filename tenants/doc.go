// Package tenants knows who runs what: tenants, their solutions, the server
// groups of a solution with one database each, the interaction servers of a
// group, and the accounts of people, machines and servers.
//
// Its rules are pure; Service applies them through the small interfaces that it
// declares, which sub-package tenantspg implements on PostgreSQL. Every call
// names the tenant that it is for; what belongs to another tenant is not found.
//
// It imports no web framework, no database driver, no Temporal and no Casbin.
package tenants
