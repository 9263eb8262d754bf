// Package accessgroups decides who may do what. An account is a member of access
// groups; an access group grants actions on business processes; roles grant
// actions on the resources of a tenant or of one solution. What is not granted
// is denied, also when the policy cannot be loaded.
//
// The enforcement engine is Casbin (RBAC with tenants as domains), behind the
// Authorizer of sub-package casbinauthz; the policy lives in the control
// database through sub-package accessgroupspg.
package accessgroups
