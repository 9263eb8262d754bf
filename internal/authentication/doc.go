// Package authentication proves who calls: it issues and verifies tokens
// (JWT, EdDSA), makes and recognises API keys, and hashes passwords (argon2id).
//
// A Verifier needs public keys only, so that a server verifies offline. The
// package knows nothing of what a caller may do, and imports no web framework.
package authentication
