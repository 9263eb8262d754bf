package api

import (
	"context"
	"net/http"
	"time"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/contacthistory/reportpage"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
)

// reportLife is how long a report page can be asked for more without the API key.
const reportLife = 15 * time.Minute

// pageStatus are the statuses of what a page tells its reader.
var pageStatus = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.TooLarge: http.StatusRequestEntityTooLarge, fault.Unavailable: http.StatusServiceUnavailable,
}

// reportPage shows the report on offers to people. The API key comes in the body of
// a form, so that it is in no address, no log and no cookie; the answer has a token
// in its place, which opens reports alone, and not for long.
func (h *handlers) reportPage(ctx context.Context, r rest.DocumentRequest) (*rest.Document, error) {
	page := reportpage.Page{Tenant: r.Param("tenant"), Channel: r.Param("channel")}
	if r.Form == nil {
		return document(page, http.StatusOK)
	}
	page.Form = reportpage.Form{From: r.Form.Get("from"), To: r.Form.Get("to"), Group: r.Form.Get("group"), Segment: r.Form.Get("segment")}
	err := h.fillReport(ctx, r, &page)
	if err == nil {
		return document(page, http.StatusOK)
	}
	problem, isFault := fault.As(err)
	status, isTold := http.StatusInternalServerError, false
	if isFault {
		status, isTold = pageStatus[problem.Kind]
	}
	if !isTold {
		return nil, err
	}
	page.Problem = problem.Message
	if problem.Kind == fault.NotFound { // whatever is missing, or another tenant's
		page.Problem = "there is no such report"
	}
	for _, place := range problem.Places {
		page.Problem += "; " + place.Path + ": " + place.Message
	}
	return document(page, status)
}

func document(page reportpage.Page, status int) (*rest.Document, error) {
	html, err := page.HTML()
	return &rest.Document{Status: status, Style: reportpage.Style, HTML: html}, err
}

func (h *handlers) fillReport(ctx context.Context, r rest.DocumentRequest, page *reportpage.Page) error {
	caller, token, err := h.reader(ctx, r)
	if err != nil {
		return err
	}
	if err := h.authorize(ctx, caller, rest.Operation{Action: string(accessgroups.ViewHistory)}, r); err != nil {
		return err
	}
	page.Token = token
	in := reportInput{InChannel: InChannel{InTenant: InTenant{Tenant: page.Tenant}, Channel: page.Channel}, Group: page.Form.Group, Segment: page.Form.Segment}
	if in.From, err = dayOf("from", page.Form.From); err != nil {
		return err
	}
	if in.To, err = dayOf("to", page.Form.To); err != nil {
		return err
	}
	report, err := h.offersReport(ctx, in)
	if err != nil {
		return err
	}
	policies, err := h.policiesReport(ctx, in, nil)
	if err != nil {
		return err
	}
	page.Report, page.Policies = &report, &policies
	return nil
}

// reader is who asks for a page, with the token to ask for more. It is not renewed:
// it would be as good as the key.
func (h *handlers) reader(ctx context.Context, r rest.DocumentRequest) (caller authentication.Caller, token string, err error) {
	if token := r.Form.Get("token"); token != "" {
		caller, err = h.ReportVerifier.Verify(token)
		return caller, token, err
	}
	if caller, err = h.authenticate(ctx, r.Form.Get("key")); err != nil {
		return caller, "", err
	}
	token, _, err = h.Issuer.Issue(caller, authentication.Reports, reportLife)
	return caller, token, err
}

func dayOf(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "invalid-input", "the input is not valid").At(name, 0, "expected a day such as 2026-03-02")
	}
	return at, nil
}
