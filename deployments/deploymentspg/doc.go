// Package deploymentspg keeps deployments, packages and active versions in the
// control database.
package deploymentspg
