// Package serverapi is the REST surface of an interaction server: interactions,
// queues, agents with their event stream, the runtime API of touchpoints, statistics
// and status.
//
// It turns requests into calls of interactionserver.Service and back, and decides
// who calls. Who may do what with which business process is decided by Service;
// here a caller is only turned away when no process at all allows it the action
// of the operation. Touchpoints are accounts with the role of that name. All
// access is decided by the server's configuration, so that it goes on while the
// control plane is away.
package serverapi

//go:generate go run ./internal/writeopenapi openapi.yaml
