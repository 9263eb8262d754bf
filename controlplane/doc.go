// Package controlplane is the control plane as one running thing: it opens the
// control database, makes sure that the platform's own account and keys exist,
// and runs the REST interface, the operations server and the worker that
// provisions solutions.
//
// While Temporal is away everything but provisioning works; what is to be
// provisioned waits in the database. Interaction servers need the control plane
// for changes only.
package controlplane
