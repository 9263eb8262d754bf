// Package historytransfer is the workflow that takes the contact and response
// history of one server group over into that of its tenant, for as long as the
// group is there.
//
// It is started by business key, transfer/<group>, by a dispatcher that looks into
// the control database, so it may be started again at any time. It goes round: one
// activity takes over batch after batch and waits for new rows in between, for about
// a minute; a long life is continued as a new execution. What was taken over is
// written down in the control database alone, so that whatever is cut off or run
// twice neither loses nor doubles a row: see package contacthistory.
package historytransfer
