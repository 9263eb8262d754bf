// Package testrunspg keeps test runs in the control database.
package testrunspg
