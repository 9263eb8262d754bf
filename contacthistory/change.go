package contacthistory

import (
	"time"

	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/tenants"
)

// Kind is the kind of a row.
type Kind string

// The closed set of kinds.
const (
	ContactKind  Kind = "contact"
	ResponseKind Kind = "response"
	OrphanKind   Kind = "orphan"
)

// MaxChanges bounds a page of changes.
const MaxChanges = 10_000

// ChangeQuery selects a page of rows.
type ChangeQuery struct {
	// After is the position of the last row that was seen; 0 is the beginning.
	After int64
	Limit int // 1 to MaxChanges
	// Channel, Kinds and Class narrow; empty ones do not. Channel is that of the
	// contact, of an orphan that in which it came. Only responses and orphans have a
	// class.
	Channel tenants.Name
	Kinds   []Kind
	Class   history.Class
	// From and To narrow by the time of the row; zero ones do not. To is outside.
	From, To time.Time
}

// Change is a row of a tenant's history. Exactly one of Contact, Response and
// Orphan is there.
type Change struct {
	Position int64
	Group    tenants.ServerGroupID
	// Channel is the contact's, of an orphan that in which it came.
	Channel  tenants.Name
	Contact  *history.Contact
	Response *history.RecordedResponse
	Orphan   *history.Response
}

// ChangePage is a part of a tenant's history.
type ChangePage struct {
	Changes []Change
	// Next is the position after which the next page begins.
	Next int64
	// More says that there are more rows by now.
	More bool
}
