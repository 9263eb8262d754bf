// Package audit is the record of who changed what in the control plane. An event
// is written in the transaction of its change: there is no change without its
// event and no event without its change.
//
// It is a leaf: it knows resources by their paths only. Sub-package auditpg
// keeps events in the control database.
package audit
