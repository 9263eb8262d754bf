// Package serverconfiguration composes what one interaction server works with:
// the published processes that its account may execute, who may do what with
// them, and the keys that verify tokens. Servers ask for it every second, so an
// unchanged answer costs one look at a counter.
package serverconfiguration
