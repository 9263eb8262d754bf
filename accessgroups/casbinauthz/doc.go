// Package casbinauthz decides with Casbin: role based access control with the
// tenants as domains. It implements accessgroups.Authorizer.
package casbinauthz
