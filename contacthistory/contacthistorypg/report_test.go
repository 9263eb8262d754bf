package contacthistorypg_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/learning"
	"github.com/switchyard/switchyard/tenants"
)

// outcome counts what the plain way to add up finds: by reading every row.
type outcome struct{ presented, seen, accepted, rejected int64 }

// plainly adds up the changes of a channel by offer, segment and origin.
func plainly(t *testing.T, rows []contacthistory.Change, q contacthistory.ReportQuery) (sums map[[3]string]outcome) {
	t.Helper()
	classes := map[history.Treatment]map[history.Class]bool{}
	for _, c := range rows {
		if c.Response != nil {
			if classes[c.Response.Treatment] == nil {
				classes[c.Response.Treatment] = map[history.Class]bool{}
			}
			classes[c.Response.Treatment][c.Response.Class] = true
		}
	}
	origins := map[decision.Source]string{decision.FromLearning: "learned", decision.FromRule: "marketer", decision.FromExpression: "marketer"}
	sums = map[[3]string]outcome{}
	for _, c := range rows {
		if c.Contact == nil || c.Channel != q.Channel || c.Contact.At.Before(q.From) || !c.Contact.At.Before(q.To) || q.Segment != "" && c.Contact.Segment != q.Segment {
			continue
		}
		key := [3]string{c.Contact.Offer, c.Contact.Segment, origins[c.Contact.Source]}
		sum := sums[key]
		sum.presented++
		for class, count := range map[history.Class]*int64{history.Seen: &sum.seen, history.Accept: &sum.accepted, history.Reject: &sum.rejected} {
			if classes[c.Contact.Treatment][class] {
				*count++
			}
		}
		sums[key] = sum
	}
	return sums
}

func TestReportsAddUpWhatTheChangesShow(t *testing.T) {
	t.Parallel()
	p, g := newPlatform(t), newGroup(t)
	ctx := t.Context()
	tenant, groups, err := p.tenant(ctx, 1)
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(3, 4))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	sources := []decision.Source{decision.FromLearning, decision.FromRule, decision.FromExpression, decision.FromOverride, decision.FromDefault}
	classes := map[string]history.Class{"accept": history.Accept, "bought": history.Accept, "reject": history.Reject, "shown": history.Seen, "asked": history.Neither}
	for range 12 {
		var b history.Batch
		for range 100 {
			c := contact(fmt.Sprint(random.IntN(50)), pick("card", "loan", "fund"), noon.Add(time.Duration(random.IntN(3000)-1500)*time.Second))
			c.Channel, c.Segment, c.Source = pick("web", "web", "shop"), pick("", "gold", "young"), sources[random.IntN(len(sources))]
			b.Contacts = append(b.Contacts, c)
			for range random.IntN(4) {
				typ := pick("accept", "bought", "reject", "shown", "asked")
				b.Responses = append(b.Responses, response(c.Treatment, typ, classes[typ], pick(c.Session, "later"), c.At.Add(time.Hour)))
			}
		}
		require.NoError(t, g.record(ctx, b))
	}
	_, _, err = drain(ctx, contacthistory.NewTransfer(p, g, 90), tenant, groups[0].ID)
	require.NoError(t, err)
	rows, err := changes(ctx, p, tenant)
	require.NoError(t, err)

	for _, segment := range []tenants.Name{"", "gold"} {
		q := contacthistory.ReportQuery{Channel: "web", From: noon.Add(-20 * time.Minute), To: noon.Add(20 * time.Minute), Segment: segment}
		report, err := contacthistory.NewReports(p).Offers(ctx, tenant, q)
		require.NoError(t, err)
		want := plainly(t, rows, q)
		total, byPeriod := outcome{}, outcome{}
		for _, offer := range report.Offers {
			for _, s := range offer.Segments {
				learned, marketer := want[[3]string{offer.Offer, s.Segment, "learned"}], want[[3]string{offer.Offer, s.Segment, "marketer"}]
				other := want[[3]string{offer.Offer, s.Segment, ""}]
				all := learned.plus(marketer).plus(other)
				require.Equal(t, all, counted(s.Outcomes))
				require.Equal(t, learned, counted(s.Learned.Outcomes))
				require.Equal(t, marketer, counted(s.Marketer.Outcomes))
				require.InDelta(t, float64(all.accepted)/float64(all.presented), s.Acceptance.Value, 1e-12)
				require.InDelta(t, float64(learned.accepted)/float64(learned.presented)-float64(marketer.accepted)/float64(marketer.presented), s.Lift.Value, 1e-12)
				total = total.plus(all)
			}
		}
		for _, period := range report.Periods {
			byPeriod = byPeriod.plus(counted(period.Outcomes))
		}
		require.Greater(t, total.presented, int64(100))
		require.Equal(t, total, counted(report.Outcomes))
		require.Equal(t, total, byPeriod)
	}
}

func (o outcome) plus(more outcome) outcome {
	return outcome{o.presented + more.presented, o.seen + more.seen, o.accepted + more.accepted, o.rejected + more.rejected}
}

func counted(o contacthistory.Outcomes) outcome {
	return outcome{o.Presented, o.Seen, o.Accepted, o.Rejected}
}

func TestFirstPlacesAreTheContactsWhoseChoiceWasKept(t *testing.T) {
	t.Parallel()
	p, g := newPlatform(t), newGroup(t)
	ctx := t.Context()
	tenant, groups, err := p.tenant(ctx, 1)
	require.NoError(t, err)
	var b history.Batch
	for i, segments := range [][]string{nil, {"gold", "young"}, {"golden"}} {
		kept := contact(fmt.Sprint("c", i), "card", noon.Add(time.Duration(i)*time.Minute))
		choice := learning.Choice{Propensity: 0.5, Exploration: 0.1, Baseline: "loan", Segments: segments, Candidates: []string{"card", "loan"}}
		kept.Columns = map[string]any{learning.ChoiceColumn: choice.String(), "name": "Zoë"}
		b.Contacts = append(b.Contacts, kept, contact("c", "loan", noon)) // the second has none
		if i == 1 {
			b.Responses = append(b.Responses, response(kept.Treatment, "accept", history.Accept, kept.Session, noon.Add(time.Hour)))
		}
	}
	b.Contacts[4].Customer = ""
	require.NoError(t, g.record(ctx, b))
	_, _, err = drain(ctx, contacthistory.NewTransfer(p, g, 0), tenant, groups[0].ID)
	require.NoError(t, err)
	q := contacthistory.ReportQuery{Channel: "web", From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Group: groups[0].ID}
	first, err := p.FirstPlaces(ctx, tenant, q, 10)
	require.NoError(t, err)
	require.Equal(t, []contacthistory.FirstPlace{
		{At: noon.Add(2 * time.Minute), Visitor: "session s-c2", Offer: "card", Choice: "0.5 0.1 loan golden card,loan"},
		{At: noon.Add(time.Minute), Visitor: "customer c1", Offer: "card", Accepted: true, Choice: "0.5 0.1 loan gold,young card,loan"},
		{At: noon, Visitor: "customer c0", Offer: "card", Choice: "0.5 0.1 loan - card,loan"},
	}, first)
	newest, err := p.FirstPlaces(ctx, tenant, q, 1)
	require.NoError(t, err)
	require.Equal(t, first[:1], newest)
	q.Segment = "gold"
	gold, err := p.FirstPlaces(ctx, tenant, q, 10)
	require.NoError(t, err)
	require.Equal(t, first[1:2], gold)
	report, err := contacthistory.NewReports(p).Policies(ctx, tenant, contacthistory.PolicyQuery{ReportQuery: contacthistory.ReportQuery{Channel: "web", From: q.From, To: q.To}})
	require.NoError(t, err)
	require.EqualValues(t, 3, report.Contacts)
	other, _, err := p.tenant(ctx, 1)
	require.NoError(t, err)
	nothing, err := p.FirstPlaces(ctx, other, contacthistory.ReportQuery{Channel: "web", From: q.From, To: q.To}, 10)
	require.NoError(t, err)
	require.Empty(t, nothing)
}
