// Package versions is the server group's side of a deployment: the packages and
// active versions in the group's database, and the Holder by which a server
// prepares, takes and serves them.
//
// The active version of a channel is moved by the control plane, in one
// transaction. Servers follow: told by an activity, and on their own by a poll,
// so that none stays behind. A reader takes one pointer and keeps it for as long
// as it likes; nothing that it points to ever changes.
//
// It knows nothing of the design environment and of deployments as resources.
package versions
