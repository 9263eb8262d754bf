package reportpage

import (
	"bytes"
	_ "embed" // the page's template and style
	"fmt"
	"html/template"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/switchyard/switchyard/contacthistory"
)

// Style is the content of the page's style element.
//
//go:embed page.css
var Style string

//go:embed page.html
var text string

// parsed is parsed when a page is first asked for.
var parsed = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"day": day, "count": count, "percent": percent, "span": span, "points": points, "pointSpan": pointSpan,
		"estimate": estimate, "whole": func(n float64) string { return count(int64(math.Round(n))) },
	}).Parse(text))
})

// Page is what is shown.
type Page struct {
	Tenant, Channel string
	// Problem is why there is no report, for people.
	Problem string
	// Token goes back with the form in place of the API key; empty: the key is asked
	// for.
	Token string
	// Form are the other fields, as they were sent.
	Form Form
	// Report is nil where there is none.
	Report *contacthistory.Report
	// Policies is nil where there is none; without contacts it is not shown.
	Policies *contacthistory.PolicyReport
}

// Form are the fields that select what the report is about. Days are as 2026-03-02.
type Form struct{ From, To, Group, Segment string }

// HTML draws the page.
func (p Page) HTML() ([]byte, error) {
	view := struct {
		Page
		Style  template.CSS
		Charts *charts
		Judged *whiskerChart
	}{Page: p, Style: template.CSS(Style)} //nolint:gosec // a constant of this package
	if p.Report != nil && p.Report.Presented > 0 {
		view.Charts = draw(p.Report)
	}
	if p.Policies != nil && p.Policies.Contacts > 0 {
		chart := policies(p.Policies.Policies)
		view.Judged = &chart
	}
	var out bytes.Buffer
	if err := parsed().Execute(&out, view); err != nil {
		return nil, fmt.Errorf("draw the report: %w", err)
	}
	return out.Bytes(), nil
}

func day(at time.Time) string { return at.Format("2006-01-02 15:04") }

// count writes 1234567 as 1,234,567.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func percent(i *contacthistory.Interval) string {
	if i == nil {
		return "–"
	}
	return share(i.Value)
}

func span(i *contacthistory.Interval) string {
	if i == nil {
		return "–"
	}
	return share(i.Low) + " to " + share(i.High)
}

// estimate is nil of none.
func estimate(e *contacthistory.PolicyEstimate) *contacthistory.Interval {
	if e == nil {
		return nil
	}
	return &e.Interval
}

func share(p float64) string { return strconv.FormatFloat(100*p, 'f', 1, 64) + " %" }

// points are percentage points.
func points(i *contacthistory.Interval) string {
	if i == nil {
		return "–"
	}
	return difference(i.Value) + " pp"
}

func pointSpan(i *contacthistory.Interval) string {
	if i == nil {
		return "–"
	}
	return difference(i.Low) + " to " + difference(i.High) + " pp"
}

func difference(d float64) string { return fmt.Sprintf("%+.1f", 100*d) }
