// Package auditpg keeps audit events in the control database. It implements
// audit.Log on sqlx.
package auditpg
