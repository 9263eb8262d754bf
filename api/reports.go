package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

func (h *handlers) registerReports(a *rest.API) {
	const (
		tag    = "Reports"
		offers = "/v1/tenants/{tenant}/channels/{channel}/reports/offers"
		text   = "Contacts count by their own time, whenever their responses came. Without `from` and `to`: the last 30 days; at most 400. As a page for people: `/reports/{tenant}/{channel}`."
	)
	rest.Handle(a, rest.Operation{
		ID: "get-offers-report", Method: http.MethodGet, Path: offers, Tag: tag, Summary: "Report what came of the offers of a channel",
		Description: text, Action: string(accessgroups.ViewHistory), Problems: []int{http.StatusRequestEntityTooLarge},
	}, func(ctx context.Context, in *reportInput) (*reportOutput, error) {
		report, err := h.offersReport(ctx, *in)
		return &reportOutput{Body: reportShape(report, in.Group)}, err
	})
	rest.HandleFile(a, rest.Operation{
		ID: "export-offers-report", Method: http.MethodGet, Path: offers + ".csv", Tag: tag, Summary: "Report what came of the offers of a channel, as CSV",
		Description: text + " One row for each offer and segment, with the 95 % confidence interval of the acceptance and of the lift.",
		Action:      string(accessgroups.ViewHistory), Problems: []int{http.StatusRequestEntityTooLarge},
	}, csvType, func(ctx context.Context, in *reportInput) (*rest.File, error) {
		report, err := h.offersReport(ctx, *in)
		return &rest.File{Name: in.Channel + "-offers.csv", Content: reportCSV(report)}, err
	})
	h.registerPolicyReports(a, tag)
	rest.HandleDocument(a, "reports", "/reports/{tenant}/{channel}", h.reportPage)
}

type reportInput struct {
	InChannel
	From    time.Time `query:"from" doc:"Contacts of this time and later ones."`
	To      time.Time `query:"to" doc:"Contacts before this time; absent: now."`
	Group   string    `query:"group" maxLength:"63" doc:"Contacts of this server group of the channel's solution alone."`
	Segment string    `query:"segment" maxLength:"63" doc:"Contacts by rules of this smart segment alone."`
}

type reportOutput struct{ Body client.OffersReport }

func (h *handlers) offersReport(ctx context.Context, in reportInput) (contacthistory.Report, error) {
	tenant, q, err := h.reportQuery(ctx, in)
	if err != nil {
		return contacthistory.Report{}, err
	}
	return contacthistory.NewReports(h.History).Offers(ctx, tenant, q)
}

func (h *handlers) reportQuery(ctx context.Context, in reportInput) (tenants.TenantID, contacthistory.ReportQuery, error) {
	q := contacthistory.ReportQuery{Channel: in.Channel, From: in.From, To: in.To, Segment: in.Segment}
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return tenant, q, err
	}
	solution, err := h.Design.SolutionOf(ctx, tenant, in.Channel)
	if err == nil && in.Group != "" {
		q.Group, err = h.groupNamed(ctx, tenant, solution, in.Group)
	}
	return tenant, q, err
}

func (h *handlers) groupNamed(ctx context.Context, tenant tenants.TenantID, solution, name tenants.Name) (tenants.ServerGroupID, error) {
	group, err := h.Tenants.ServerGroup(ctx, tenant, solution, name)
	if fault.Is(err, fault.NotFound) {
		return "", fault.New(fault.Invalid, "invalid-input", "the input is not valid").
			At("query.group", 0, "expected a server group of solution %s", solution)
	}
	return group.ID, err
}

func reportShape(r contacthistory.Report, group tenants.Name) client.OffersReport {
	return client.OffersReport{
		Channel: r.Channel, From: r.From, To: r.To, Group: group, Segment: r.Segment, OfferSummary: summaryShape(r.Summary),
		Offers: shapes(r.Offers, func(o contacthistory.OfferSummary) client.OfferReport {
			return client.OfferReport{
				Offer: o.Offer, OfferSummary: summaryShape(o.Summary),
				Segments: shapes(o.Segments, func(s contacthistory.SegmentSummary) client.SegmentReport {
					return client.SegmentReport{Segment: s.Segment, OfferSummary: summaryShape(s.Summary)}
				}),
			}
		}),
		Periods: shapes(r.Periods, func(p contacthistory.Period) client.ReportPeriod {
			return client.ReportPeriod{From: p.From, To: p.To, OfferSummary: summaryShape(p.Summary)}
		}),
		Responses: r.Responses, CrossSession: r.CrossSession, Orphans: r.Orphans,
	}
}

func summaryShape(s contacthistory.Summary) client.OfferSummary {
	return client.OfferSummary{
		OfferOutcomes: outcomesShape(s.Outcomes, s.Acceptance), Learned: outcomesShape(s.Learned.Outcomes, s.Learned.Acceptance),
		Marketer: outcomesShape(s.Marketer.Outcomes, s.Marketer.Acceptance), Lift: estimateShape(s.Lift),
	}
}

func outcomesShape(o contacthistory.Outcomes, acceptance *contacthistory.Interval) client.OfferOutcomes {
	return client.OfferOutcomes{
		Presented: o.Presented, Seen: o.Seen, Accepted: o.Accepted, Rejected: o.Rejected, Acceptance: estimateShape(acceptance),
	}
}

func estimateShape(i *contacthistory.Interval) *client.Estimate {
	if i == nil {
		return nil
	}
	e := client.Estimate(*i)
	return &e
}

func reportCSV(r contacthistory.Report) []byte {
	head := []string{
		"offer", "segment", "presented", "seen", "accepted", "rejected", "acceptance", "acceptance_low", "acceptance_high",
		"learned_presented", "learned_accepted", "learned_acceptance", "marketer_presented", "marketer_accepted", "marketer_acceptance",
		"lift", "lift_low", "lift_high",
	}
	t := newTable(head)
	for _, offer := range r.Offers {
		for _, s := range offer.Segments {
			row := []string{offer.Offer, s.Segment}
			for _, n := range []int64{s.Presented, s.Seen, s.Accepted, s.Rejected} {
				row = append(row, strconv.FormatInt(n, 10))
			}
			row = append(row, estimateCells(s.Acceptance)...)
			for _, p := range []contacthistory.Part{s.Learned, s.Marketer} {
				row = append(row, strconv.FormatInt(p.Presented, 10), strconv.FormatInt(p.Accepted, 10), estimateCells(p.Acceptance)[0])
			}
			t.row(append(row, estimateCells(s.Lift)...))
		}
	}
	return t.bytes()
}

// estimateCells are the value, the lower and the upper end.
func estimateCells(i *contacthistory.Interval) []string {
	if i == nil {
		return []string{"", "", ""}
	}
	return []string{decimal(i.Value), decimal(i.Low), decimal(i.High)}
}
