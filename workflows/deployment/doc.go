// Package deployment is the workflow that brings a package to a server group: all
// of its live servers prepare it, the group's active version moves, and all
// switch to it. When one server cannot prepare, nothing changes anywhere; after
// the move nothing is undone.
//
// It is started by business key, deploy/<group>/<channel>/<number>, by a
// dispatcher that looks into the control database, so it may be started again at
// any time: it goes on where the database says that the deployment is. Inputs and
// histories hold ids, numbers and hashes, never a package.
//
// Service is the control plane's part, serverwork.NewDeploymentWorker an interaction server's.
package deployment
