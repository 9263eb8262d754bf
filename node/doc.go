// Package node keeps the interaction servers of one host running. A Supervisor
// starts each as a process of its own session, watches it, starts it again when
// it dies, and finds it again after a restart of the node: servers live on when
// the node does not.
//
// It knows processes, files and ports, not what a server does; it talks to
// nobody but the servers' health pages. Sub-package agent connects it to the
// control plane and to Temporal.
package node
