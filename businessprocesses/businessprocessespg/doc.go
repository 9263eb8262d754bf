// Package businessprocessespg keeps business processes in the control database. It implements
// businessprocesses.Store on sqlx.
package businessprocessespg
