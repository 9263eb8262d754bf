// Package controldb is how the stores of the control plane use their common
// database: reading and changing in one tenant, and the tenant's revision, which
// grows with each change.
//
// It knows the tables tenants and tenant_revisions; every other table belongs to
// the store of its domain package.
package controldb
