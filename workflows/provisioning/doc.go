// Package provisioning is the workflow that makes a solution run: the Temporal
// namespace of its tenant, a database for each of its server groups, and each
// server started by its node, healthy.
//
// It is started by business key, provision/<tenant>/<solution>, and may be run
// again at any time: every activity brings what it is responsible for to what it
// shall be. Progress is written to the solution and shown in Temporal's current
// details. Histories hold ids and names, never a secret.
//
// Service is the control plane's part, RegisterNode the node's.
package provisioning
