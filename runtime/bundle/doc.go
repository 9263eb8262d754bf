// Package bundle is the deployment package: what a server group is given of an
// interactive channel. A package is immutable and known by its content: its
// canonical bytes and their SHA-256.
//
// Compile makes of a package what a server decides with. The package is pure: no
// I/O, no clock.
package bundle
