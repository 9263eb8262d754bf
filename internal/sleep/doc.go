// Package sleep waits for a time that a context may cut short. It imports nothing
// of this module.
package sleep
