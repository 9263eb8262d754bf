// Package telemetry is what an engineer who runs Switchyard looks at: logs in
// JSON, and on a listener of their own the liveness, the readiness with its
// reasons, the metrics and the profiles of a process.
package telemetry
