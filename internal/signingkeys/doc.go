// Package signingkeys keeps the platform's Ed25519 keys, which sign tokens, in
// the control database, sealed.
package signingkeys
