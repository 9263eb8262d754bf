// Package serverwork is what workflows ask of an interaction server: the names and
// messages of its activities, and the workers by which it takes part. A server
// links it without the workflows themselves and the control plane's code.
package serverwork
