// Package businessprocesses keeps the business processes of a tenant: a draft
// that is edited, and published versions that never change. What a document may
// say is not known here: a Checker decides before anything is published.
package businessprocesses
