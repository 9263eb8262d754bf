// Package versionspg keeps packages, active versions and what servers report of
// them in the group's PostgreSQL database. The group's servers use it, and the
// control plane during a deployment.
package versionspg
