// Package local runs the platform on one machine: PostgreSQL, Temporal, the
// control plane and a node, each as a child process of its own session, with its
// state in one folder.
//
// What was killed is recovered at the next start: children of a killed
// predecessor are found by their process files and ended, ports are kept, and a
// second platform on the same folder is refused.
//
// The layout of the folder:
//
//	lock              held while the platform runs
//	keys/             made once, readable by their owner only
//	logs/             one file per child
//	run/              process files
//	ports.json        the ports that were used last
//	postgresql/       the database cluster, or a file that names where it is
//	temporal/         Temporal's database file
//	node-1/           the node's folder, with its servers
package local
