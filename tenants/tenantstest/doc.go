// Package tenantstest has a tenants.Store in memory, for tests of what is built on
// the service, and the conformance suite that every Store passes.
package tenantstest
