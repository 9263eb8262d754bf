// Package contacthistory is the tenant's contact and response history: what the
// servers of all its groups have recorded, and the reports over it.
//
// Rows come from the groups' databases by transfer, each exactly once. A batch is
// written together with how far the group's history was read, in one transaction
// of the control database, so that a transfer may be cut off anywhere and repeated
// from what is written down. Rows are known by their treatment code (a response by
// code and type) and are kept once, whatever was read twice.
//
// A group's database may come back in an older state: after a restore, or after a
// failover to a replica that was behind. Its sequence then gives numbers anew that
// were read already. A transfer notices it by a mark: having read a page, it leaves
// a new mark in the group's database, and only then writes the page and the mark to
// the tenant's history. A state of the group's database that has the mark therefore
// has all rows that were read before it. Where neither the mark there nor the one
// before it is the known one, a new epoch of that source begins and all of it is
// read again: what is known already is dropped, what the old state does not have any
// more stays in the tenant's history.
//
// The history of a tenant is in the order of its positions, which a reader can
// follow: whoever goes on after a position that it has seen misses nothing.
//
// Reports add up what came of contacts. The report on policies says what would have
// come of them had others chosen: it reads what learning has kept of its choices,
// see learning.Choice, and judges each half of the visitors by what was fitted to
// the other one.
//
// The package knows no database; sub-package contacthistorypg is the Store.
package contacthistory
