// Package secret seals what must not be stored in clear, with AES-256-GCM. The
// associated data, such as a tenant id, binds a sealed value to where it belongs:
// copied into another tenant's row it does not open.
//
// It imports the standard library only.
package secret
