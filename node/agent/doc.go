// Package agent is the life of a node: it keeps the host's servers through
// package node, starts them when the provisioning workflow asks for it, and tells
// the control plane how they are.
//
// It works on while the control plane and Temporal are away: a server that dies
// is started again from its launch file.
package agent
