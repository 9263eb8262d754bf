package contacthistory

import (
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// ReportQuery selects the contacts of a report by their time; To is outside.
type ReportQuery struct {
	Channel  tenants.Name
	From, To time.Time
	// Group is the id of a server group, Segment the name of a smart segment; empty
	// ones do not narrow.
	Group   tenants.ServerGroupID
	Segment tenants.Name
}

// Origin is where the scores of contacts came from.
type Origin string

// The closed set of origins.
const (
	Learned  Origin = "learned"  // learning
	Marketer Origin = "marketer" // a rule's number or expression
	Other    Origin = "other"    // an override or a default offer
)

// Outcomes are contacts and what came of them. One contact counts once in each,
// however many responses it has.
type Outcomes struct {
	Presented int64
	Seen      int64
	Accepted  int64
	Rejected  int64
}

func (o *Outcomes) add(more Outcomes) {
	o.Presented += more.Presented
	o.Seen += more.Seen
	o.Accepted += more.Accepted
	o.Rejected += more.Rejected
}

// Figures are the sums that a report is made of.
type Figures struct {
	Rows    []Row
	Periods []PeriodRow
	// Responses, CrossSession and Orphans are numbers of responses that came in the
	// time of the report: those with a contact, those of them that came in another
	// session than the contact's, and those without a contact, which have no segment.
	Responses    int64
	CrossSession int64
	Orphans      int64
}

// Row is the sum of one offer, segment and origin; the segment is empty for rules
// of everybody.
type Row struct {
	Offer   string
	Segment tenants.Name
	Origin  Origin
	Outcomes
}

// PeriodRow is the sum of one period and origin. Periods divide the time of the
// report into equal parts; the first is 0.
type PeriodRow struct {
	Period int
	Origin Origin
	Outcomes
}

// Periods is the number of equal parts of a report's time.
const Periods = 30
