// Package configuration is the document that the control plane hands to an
// interaction server: all that the server needs to serve, and to restart without
// the control plane. The server keeps it in its group's database.
//
// It is a leaf: values only, no I/O.
package configuration
