package reportpage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/contacthistory/reportpage"
)

func drawn(t *testing.T, p reportpage.Page) string {
	t.Helper()
	html, err := p.HTML()
	require.NoError(t, err)
	require.NotContains(t, string(html), "NaN")
	return string(html)
}

// report is one of some offers, each presented and accepted so often.
func report(offers ...string) *contacthistory.Report {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	r := &contacthistory.Report{}
	for i := range contacthistory.Periods {
		r.Periods = append(r.Periods, contacthistory.Period{From: noon.AddDate(0, 0, i), To: noon.AddDate(0, 0, i+1)})
	}
	summary := func(times int64) contacthistory.Summary {
		rate := contacthistory.Rate(2*times, 10*times)
		s := contacthistory.Summary{Outcomes: contacthistory.Outcomes{Presented: 10 * times, Accepted: 2 * times}, Acceptance: &rate}
		s.Marketer = contacthistory.Part{Outcomes: s.Outcomes, Acceptance: &rate}
		return s
	}
	for _, code := range offers {
		r.Offers = append(r.Offers, contacthistory.OfferSummary{Offer: code, Summary: summary(1), Segments: []contacthistory.SegmentSummary{{Summary: summary(1)}}})
	}
	if n := int64(len(offers)); n > 0 {
		r.Summary = summary(n)
		r.Periods[29].Summary = summary(n)
	}
	return r
}

func TestPage(t *testing.T) {
	t.Parallel()

	t.Run("SaysThatNothingWasPresented", func(t *testing.T) {
		t.Parallel()
		html := drawn(t, reportpage.Page{Channel: "web", Report: report(), Policies: &contacthistory.PolicyReport{}})
		require.Contains(t, html, "Nothing was presented in this time.")
		require.NotContains(t, html, "<svg")
		require.NotContains(t, html, "other policies")
	})

	t.Run("ShowsTheIntervalOfAnOnlyPeriod", func(t *testing.T) {
		t.Parallel()
		html := drawn(t, reportpage.Page{Report: report("gold-card")})
		require.Equal(t, 1, strings.Count(html, `class="whisker marketer"`))
		require.Contains(t, html, "All offers, with")
	})

	t.Run("TellsLongNamesApart", func(t *testing.T) {
		t.Parallel()
		offers := make([]string, 30)
		for i := range offers {
			offers[i] = "an-offer-whose-name-is-long-and-begins-as-others-do-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		}
		html := drawn(t, reportpage.Page{Report: report(offers...)})
		require.Contains(t, html, "The 20 most presented of 30 offers")
		labels := map[string]bool{}
		for _, part := range strings.Split(html, "…")[1:] {
			labels[part[:11]] = true
		}
		require.Len(t, labels, 20)
	})

	t.Run("ShowsPoliciesWithWhatIsDoubted", func(t *testing.T) {
		t.Parallel()
		estimate := &contacthistory.PolicyEstimate{Interval: contacthistory.Interval{Value: 0.21, Low: 0.18, High: 0.24}, StandardError: 0.015}
		policies := &contacthistory.PolicyReport{Contacts: 1234, Visitors: 987, Policies: []contacthistory.PolicySummary{
			{Policy: contacthistory.Policy{Kind: contacthistory.Baseline}, DoublyRobust: estimate, Gain: estimate, Matched: 321, Effective: 300.4},
			{Policy: contacthistory.Policy{Kind: contacthistory.Always, Offer: "x"}, Warnings: []contacthistory.PolicyWarning{{Code: contacthistory.TooFew, Text: "too few <b>"}}},
		}}
		html := drawn(t, reportpage.Page{Report: report("gold-card"), Policies: policies})
		require.Contains(t, html, "1,234 contacts that learning chose, of 987 visitors")
		require.Contains(t, html, "<td>baseline</td><td>21.0 %</td><td>18.0 % to 24.0 %</td><td>&#43;21.0 pp</td>")
		require.Contains(t, html, "<td>321</td><td>300</td>")
		require.Contains(t, html, "too few &lt;b&gt;")
		require.Equal(t, 1, strings.Count(html, `<title>always:x`)+strings.Count(html, `<title>baseline: 21.0 %`), "nothing is drawn of what is not known")
	})
}
