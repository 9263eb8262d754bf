package contacthistory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// Bounds of a report.
const (
	// MaxRows bounds the sums of offer, segment and origin.
	MaxRows = 10_000
	// MaxTime bounds the time of a report.
	MaxTime = 400 * 24 * time.Hour
	// DefaultTime is the time of a report that names no beginning.
	DefaultTime = 30 * 24 * time.Hour
)

// Report is what came of the offers of a channel. A contact counts in the report of
// its own time, also where its response came later.
type Report struct {
	ReportQuery
	Summary
	Offers  []OfferSummary // by presentations, then by code
	Periods []Period       // equal parts of the time, in order, all of them
	// Responses, CrossSession and Orphans are as in Figures.
	Responses    int64
	CrossSession int64
	Orphans      int64
}

// OfferSummary is what came of one offer.
type OfferSummary struct {
	Offer string
	Summary
	Segments []SegmentSummary // by presentations, then by name
}

// SegmentSummary is what came of one offer by the rules of one segment; the segment
// is empty for rules of everybody.
type SegmentSummary struct {
	Segment tenants.Name
	Summary
}

// Period is a part of the time.
type Period struct {
	From, To time.Time
	Summary
}

// Summary is what came of some contacts, all together and by where their scores
// came from.
type Summary struct {
	Outcomes
	// Acceptance is the share of contacts that were accepted; nil without contacts.
	Acceptance *Interval

	Learned  Part
	Marketer Part
	// Lift is how much greater the acceptance of learned contacts is than that of
	// the marketer's scores; nil unless there are both. It compares what was
	// presented, not the same visitors: where learning presents other offers, or to
	// others, than the marketer's scores do, that is a part of it.
	Lift *Interval
}

// Part are the contacts of one origin.
type Part struct {
	Outcomes
	Acceptance *Interval
}

// Reports makes reports.
type Reports struct{ store Store }

// NewReports returns the reports over a store.
func NewReports(store Store) *Reports { return &Reports{store: store} }

// Offers makes the report on the offers of a channel. A zero To is now, a zero From
// DefaultTime before.
func (r *Reports) Offers(ctx context.Context, tenant tenants.TenantID, q ReportQuery) (Report, error) {
	q, err := q.within()
	if err != nil {
		return Report{}, err
	}
	figures, err := r.store.Figures(ctx, tenant, q, MaxRows)
	if err != nil {
		return Report{}, err
	}
	return report(q, figures), nil
}

// within completes the time of a report and checks it.
func (q ReportQuery) within() (ReportQuery, error) {
	if q.To.IsZero() {
		q.To = time.Now()
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-DefaultTime)
	}
	q.From, q.To = q.From.UTC().Truncate(time.Microsecond), q.To.UTC().Truncate(time.Microsecond)
	switch {
	case !q.From.Before(q.To):
		return q, fault.New(fault.Invalid, "bad-time", "the time of the report is not valid").
			At("query.from", 0, "expected a time before to, %s", q.To.Format(time.RFC3339))
	case q.To.Sub(q.From) > MaxTime:
		return q, fault.New(fault.Invalid, "bad-time", "the time of the report is not valid").
			At("query.from", 0, "expected at most %d days before to", MaxTime/(24*time.Hour))
	}
	return q, nil
}

// report sums up.
func report(q ReportQuery, f Figures) Report {
	r := Report{ReportQuery: q, Responses: f.Responses, CrossSession: f.CrossSession, Orphans: f.Orphans}
	offers := map[string]*OfferSummary{}
	segments := map[[2]string]*SegmentSummary{}
	for _, row := range f.Rows {
		offer := offers[row.Offer]
		if offer == nil {
			offer = &OfferSummary{Offer: row.Offer}
			offers[row.Offer] = offer
		}
		segment := segments[[2]string{row.Offer, row.Segment}]
		if segment == nil {
			segment = &SegmentSummary{Segment: row.Segment}
			segments[[2]string{row.Offer, row.Segment}] = segment
		}
		for _, s := range []*Summary{&r.Summary, &offer.Summary, &segment.Summary} {
			s.add(row.Origin, row.Outcomes)
		}
	}
	for key, segment := range segments {
		segment.estimate()
		offers[key[0]].Segments = append(offers[key[0]].Segments, *segment)
	}
	for _, offer := range offers {
		offer.estimate()
		slices.SortFunc(offer.Segments, func(a, b SegmentSummary) int {
			return cmp.Or(cmp.Compare(b.Presented, a.Presented), cmp.Compare(a.Segment, b.Segment))
		})
		r.Offers = append(r.Offers, *offer)
	}
	slices.SortFunc(r.Offers, func(a, b OfferSummary) int {
		return cmp.Or(cmp.Compare(b.Presented, a.Presented), cmp.Compare(a.Offer, b.Offer))
	})
	r.estimate()
	r.Periods = periods(q, f.Periods)
	return r
}

func periods(q ReportQuery, rows []PeriodRow) []Period {
	all := make([]Period, Periods)
	begin := func(i int) time.Time { return q.From.Add(q.To.Sub(q.From) / Periods * time.Duration(i)) }
	for i := range all {
		all[i].From, all[i].To = begin(i), begin(i+1)
	}
	all[Periods-1].To = q.To
	for _, row := range rows {
		// The last microsecond may fall behind by rounding.
		all[min(max(row.Period, 0), Periods-1)].add(row.Origin, row.Outcomes)
	}
	for i := range all {
		all[i].estimate()
	}
	return all
}

func (s *Summary) add(origin Origin, o Outcomes) {
	s.Outcomes.add(o)
	switch origin {
	case Learned:
		s.Learned.add(o)
	case Marketer:
		s.Marketer.add(o)
	case Other:
	}
}

func (s *Summary) estimate() {
	s.Acceptance = acceptance(s.Outcomes)
	s.Learned.Acceptance, s.Marketer.Acceptance = acceptance(s.Learned.Outcomes), acceptance(s.Marketer.Outcomes)
	if s.Learned.Acceptance != nil && s.Marketer.Acceptance != nil {
		lift := Difference(*s.Learned.Acceptance, *s.Marketer.Acceptance)
		s.Lift = &lift
	}
}

func acceptance(o Outcomes) *Interval {
	if o.Presented == 0 {
		return nil
	}
	rate := Rate(o.Accepted, o.Presented)
	return &rate
}
