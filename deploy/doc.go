// Package deploy shows deployments to the person at a terminal: what is pending,
// how far a deployment is, and what each server group serves. It uses the public
// REST interface alone.
package deploy
