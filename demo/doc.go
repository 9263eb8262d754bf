// Package demo runs a tenant with several solutions end to end, as its users
// would: it applies the example tenant, watches its provisioning, hands in
// interactions, lets simulated agents handle them over the same REST and event
// streams that a desktop uses, breaks things on purpose, and reports what the
// servers say happened.
//
// It uses public interfaces alone: the client package for REST, and signals to
// processes whose ids the platform reports. Nothing in the product imports it.
package demo
