// Package resttest tests an API of package rest as its callers and its enemies
// do: over the network, every operation, with right and with forged credentials.
package resttest
