// Package idempotency keeps the answers of requests that carry an idempotency
// key in the control database, so that one sent again, to this control plane or
// to another, is not carried out twice.
package idempotency
