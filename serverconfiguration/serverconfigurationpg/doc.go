// Package serverconfigurationpg reads what configurations of servers are made of
// from the control database. It implements serverconfiguration.Source on sqlx.
package serverconfigurationpg
