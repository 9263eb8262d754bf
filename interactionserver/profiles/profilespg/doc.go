// Package profilespg keeps profiles in the group's PostgreSQL database. The group's
// servers read it, the control plane loads it.
package profilespg
