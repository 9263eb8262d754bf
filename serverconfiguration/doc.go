// Package serverconfiguration composes what one interaction server works with:
// the published processes that its account may execute, who may do what with
// which process, and the keys that verify tokens. Servers ask for it every
// second, so an unchanged answer costs one look at the tenant's revision.
//
// Composing is pure; sub-package serverconfigurationpg reads what is composed
// from the control database.
package serverconfiguration
