package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// maxJudging bounds the reports on policies that are made at a time: each holds all
// of its contacts.
const maxJudging = 4

func (h *handlers) registerPolicyReports(a *rest.API, tag string) {
	const (
		path = "/v1/tenants/{tenant}/channels/{channel}/reports/policies"
		text = "What would have been accepted at the first place of lists had another policy chosen it, by the contacts whose choice learning had a part in, with standard errors and 95 % confidence intervals. " +
			"`logging` is what was deployed, `baseline` the marketer's scores alone, `best-per-segment` what visitors of the same smart segments accepted most in the other half of the contacts, `always:OFFER` that offer wherever it was a candidate, else the baseline's choice; an offer that does not exist is refused, one that never was a candidate has the warning `never-candidate` and no estimates. " +
			"Without `from` and `to`: the last 30 days; at most 400, and the newest 100,000 contacts."
	)
	rest.Handle(a, rest.Operation{
		ID: "get-policies-report", Method: http.MethodGet, Path: path, Tag: tag, Summary: "Report what other policies would have got",
		Description: text, Action: string(accessgroups.ViewHistory), Problems: []int{http.StatusServiceUnavailable},
	}, func(ctx context.Context, in *policiesInput) (*policiesOutput, error) {
		report, err := h.policiesReport(ctx, in.reportInput(), in.Policies)
		return &policiesOutput{Body: policiesShape(report, in.Group)}, err
	})
	rest.HandleFile(a, rest.Operation{
		ID: "export-policies-report", Method: http.MethodGet, Path: path + ".csv", Tag: tag, Summary: "Report what other policies would have got, as CSV",
		Description: text + " One row for each policy.", Action: string(accessgroups.ViewHistory), Problems: []int{http.StatusServiceUnavailable},
	}, csvType, func(ctx context.Context, in *policiesInput) (*rest.File, error) {
		report, err := h.policiesReport(ctx, in.reportInput(), in.Policies)
		return &rest.File{Name: in.Channel + "-policies.csv", Content: policiesCSV(report)}, err
	})
}

type policiesInput struct {
	InChannel
	From     time.Time `query:"from" doc:"Contacts of this time and later ones."`
	To       time.Time `query:"to" doc:"Contacts before this time; absent: now."`
	Group    string    `query:"group" maxLength:"63" doc:"Contacts of this server group of the channel's solution alone."`
	Segment  string    `query:"segment" maxLength:"63" doc:"Contacts of visitors in this smart segment alone."`
	Policies []string  `query:"policy" maxItems:"20" doc:"Policies, separated by commas. Absent: logging, baseline, best-per-segment, and always: of the most presented offers."`
}

func (in *policiesInput) reportInput() reportInput {
	return reportInput{InChannel: in.InChannel, From: in.From, To: in.To, Group: in.Group, Segment: in.Segment}
}

type policiesOutput struct{ Body client.PoliciesReport }

func (h *handlers) policiesReport(ctx context.Context, in reportInput, names []string) (contacthistory.PolicyReport, error) {
	tenant, q, err := h.reportQuery(ctx, in)
	if err != nil {
		return contacthistory.PolicyReport{}, err
	}
	policies := make([]contacthistory.Policy, len(names))
	for i, name := range names {
		if policies[i], err = contacthistory.ParsePolicy(name); err != nil {
			return contacthistory.PolicyReport{}, err
		}
	}
	defer h.judging.Add(-1)
	if h.judging.Add(1) > maxJudging {
		return contacthistory.PolicyReport{}, fault.New(fault.Unavailable, "reports-busy", "%d reports on policies are being made: try again soon", maxJudging)
	}
	report, err := contacthistory.NewReports(h.History).Policies(ctx, tenant, contacthistory.PolicyQuery{ReportQuery: q, Policies: policies})
	if err != nil {
		return contacthistory.PolicyReport{}, err
	}
	return report, h.checkOffers(ctx, tenant, report.Unseen)
}

// checkOffers refuses the names of offers that do not exist. Those that were deleted
// may still be judged by contacts that know them.
func (h *handlers) checkOffers(ctx context.Context, tenant tenants.TenantID, unseen []string) error {
	for _, code := range unseen {
		_, err := h.Design.Get(ctx, tenant, definition.Reference{Kind: definition.KindOffer, Name: code})
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Invalid, "bad-policy", "the policy is not known").
				At("query.policy", 0, "%q: there is no such offer, and no contact of the report's time had it; expected the code of an offer", "always:"+code)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func policiesShape(r contacthistory.PolicyReport, group tenants.Name) client.PoliciesReport {
	shape := client.PoliciesReport{
		Channel: r.Channel, From: r.From, To: r.To, Group: group, Segment: r.Segment, Contacts: r.Contacts, Visitors: r.Visitors, Cut: r.Cut,
		Policies: shapes(r.Policies, policyShape),
	}
	if r.Contacts > 0 {
		shape.Oldest, shape.Newest = &r.Oldest, &r.Newest
	}
	return shape
}

func policyShape(s contacthistory.PolicySummary) client.PolicySummary {
	return client.PolicySummary{
		Policy: s.String(), Contacts: s.Contacts, Matched: s.Matched, Accepted: s.Accepted, Effective: s.Effective,
		InversePropensity: policyEstimateShape(s.InversePropensity), SelfNormalized: policyEstimateShape(s.SelfNormalized),
		DoublyRobust: policyEstimateShape(s.DoublyRobust), Gain: policyEstimateShape(s.Gain),
		Warnings: shapes(s.Warnings, func(w contacthistory.PolicyWarning) client.PolicyWarning {
			return client.PolicyWarning{Code: string(w.Code), Text: w.Text}
		}),
	}
}

func policyEstimateShape(e *contacthistory.PolicyEstimate) *client.PolicyEstimate {
	if e == nil {
		return nil
	}
	return &client.PolicyEstimate{Estimate: client.Estimate(e.Interval), StandardError: e.StandardError}
}

func policiesCSV(r contacthistory.PolicyReport) []byte {
	head := []string{"policy", "contacts", "matched", "accepted", "effective"}
	for _, name := range []string{"inverse_propensity", "self_normalized", "doubly_robust", "gain"} {
		head = append(head, name, name+"_low", name+"_high", name+"_standard_error")
	}
	t := newTable(append(head, "warnings"))
	for _, s := range r.Policies {
		row := []string{s.String()}
		for _, n := range []int64{s.Contacts, s.Matched, s.Accepted} {
			row = append(row, strconv.FormatInt(n, 10))
		}
		row = append(row, decimal(s.Effective))
		for _, e := range []*contacthistory.PolicyEstimate{s.InversePropensity, s.SelfNormalized, s.DoublyRobust, s.Gain} {
			if e == nil {
				row = append(row, "", "", "", "")
				continue
			}
			row = append(append(row, estimateCells(&e.Interval)...), decimal(e.StandardError))
		}
		codes := make([]string, len(s.Warnings))
		for i, w := range s.Warnings {
			codes[i] = string(w.Code)
		}
		t.row(append(row, strings.Join(codes, " ")))
	}
	return t.bytes()
}
