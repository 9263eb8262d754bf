package controlplane

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/contacthistory/contacthistorypg"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/learning"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
)

// past is a tenant "bank" with a channel "web" and its history.
type past struct {
	url    string // of the control plane
	admin  *client.Client
	key    string // API key of an auditor of solution cards
	rival  string // API key of another tenant's administrator
	store  *contacthistorypg.Store
	tenant tenants.TenantID
	group  tenants.ServerGroupID
	mark   byte
}

func preparePast(t *testing.T) *past {
	t.Helper()
	o, _ := testOptions(t)
	main, platform := start(t, o)
	ctx := t.Context()
	keyOf := func(tenant, name, role, solution string) string {
		_, err := platform.CreateAccount(ctx, tenant, client.NewAccount{Name: name, Kind: "person", Roles: []client.RoleBinding{{Role: role, Solution: solution}}})
		require.NoError(t, err)
		key, err := platform.CreateAPIKey(ctx, tenant, name)
		require.NoError(t, err)
		return key.Key
	}
	for _, name := range []string{"bank", "rival"} {
		_, err := platform.CreateTenant(ctx, client.NewTenant{Name: name})
		require.NoError(t, err)
	}
	_, err := platform.CreateSolution(ctx, "bank", client.NewSolution{Name: "cards"})
	require.NoError(t, err)
	p := &past{url: main.URL(), rival: keyOf("rival", "boss", "tenant-admin", ""), key: keyOf("bank", "eve", "auditor", "cards")}
	p.admin = platform.With(keyOf("bank", "boss", "tenant-admin", ""))
	putDesign(ctx, t, p.admin, "bank", "customer", "customer", definition.AudienceLevel{
		Key: []definition.Attribute{{Name: "customerId", Type: definition.Text}},
	})
	putDesign(ctx, t, p.admin, "bank", "web", "web", definition.Channel{
		Solution: "cards", ServerGroups: []string{"production"}, AudienceLevels: []string{"customer"},
	})

	db := controldb.New(postgrestest.Open(t, o.DatabaseURL))
	p.store = contacthistorypg.New(db)
	box, err := secret.NewBox(o.EncryptionKey)
	require.NoError(t, err)
	directory := tenants.NewService(tenantspg.New(db), box, tenants.Options{})
	owner, err := directory.Tenant(ctx, "bank")
	require.NoError(t, err)
	group, err := directory.ServerGroup(ctx, owner.ID, "cards", "production")
	require.NoError(t, err)
	p.tenant, p.group = owner.ID, group.ID
	return p
}

// take takes rows over as a transfer does.
func (p *past) take(ctx context.Context, t *testing.T, entries ...history.Entry) {
	t.Helper()
	from, err := p.store.Watermark(ctx, p.tenant, p.group)
	require.NoError(t, err)
	p.mark++
	to := contacthistory.Watermark{ReadTo: from.ReadTo + int64(len(entries)), Mark: [16]byte{p.mark}}
	_, err = p.store.Move(ctx, p.tenant, p.group, from, to, entries)
	require.NoError(t, err)
}

// presented is a contact that was accepted or not.
func presented(t *testing.T, offer, segment string, source decision.Source, accepted bool, at time.Time) []history.Entry {
	t.Helper()
	code, err := history.NewTreatment()
	require.NoError(t, err)
	c := &history.Contact{
		Treatment: code, Session: "=1+1", Channel: "web", Point: "home", Zone: "top", Level: "customer", Customer: "c-1", Offer: offer,
		Segment: segment, Score: 50, Source: source, Propensity: 0.5, Deployment: 1, Hash: "abc", At: at,
	}
	entries := []history.Entry{{Contact: c}}
	if accepted {
		entries = append(entries, history.Entry{Response: &history.RecordedResponse{
			Response: history.Response{Treatment: code, Type: "accept", Class: history.Accept, Session: c.Session, Channel: "web", At: at.Add(time.Minute)},
			Level:    c.Level, Customer: c.Customer, Offer: c.Offer,
		}})
	}
	return entries
}

// month is 30 days of two offers: learning has 30 and 20 of 100 accepted, the
// marketer's scores 10 of 100.
func (p *past) month(t *testing.T) {
	t.Helper()
	begin := time.Now().UTC().Add(-30*24*time.Hour + time.Hour)
	for day := range 29 {
		var entries []history.Entry
		for i := range 100 {
			at := begin.Add(time.Duration(day)*24*time.Hour + time.Duration(i)*time.Minute)
			entries = append(entries, presented(t, "gold-card", "affluent", decision.FromLearning, i%10 < 3, at)...)
			entries = append(entries, presented(t, "gold-card", "", decision.FromRule, i%10 < 1, at)...)
			entries = append(entries, presented(t, "car-loan", "affluent", decision.FromLearning, i%10 < 2, at)...)
			entries = append(entries, presented(t, "car-loan", "affluent", decision.FromExpression, i%10 < 1, at)...)
		}
		p.take(t.Context(), t, entries...)
	}
}

func TestReportsOverREST(t *testing.T) {
	t.Parallel()
	p := preparePast(t)
	p.month(t)
	ctx := t.Context()
	auditor := p.admin.With(p.key)

	report, err := auditor.OffersReport(ctx, "bank", "web", client.ReportQuery{})
	require.NoError(t, err)
	require.EqualValues(t, 4*2900, report.Presented)
	require.EqualValues(t, 7*290, report.Accepted)
	require.Len(t, report.Periods, 30)
	gold := report.Offers[1]
	require.Equal(t, "gold-card", gold.Offer)
	require.InDelta(t, 0.2, gold.Lift.Value, 1e-9)
	require.Greater(t, gold.Lift.Low, 0.17)
	require.Less(t, gold.Lift.High, 0.23)
	require.Len(t, gold.Segments, 2)

	narrow, err := auditor.OffersReport(ctx, "bank", "web", client.ReportQuery{Segment: "affluent", Group: "production"})
	require.NoError(t, err)
	require.EqualValues(t, 3*2900, narrow.Presented)
	_, err = auditor.OffersReport(ctx, "bank", "web", client.ReportQuery{Group: "missing"})
	require.True(t, client.IsStatus(err, http.StatusBadRequest), "%v", err)
	_, err = auditor.OffersReport(ctx, "bank", "web", client.ReportQuery{From: time.Now().AddDate(-2, 0, 0)})
	require.True(t, client.IsStatus(err, http.StatusBadRequest), "%v", err)
	_, err = auditor.HistoryChanges(ctx, "bank", client.HistoryQuery{})
	require.True(t, client.IsStatus(err, http.StatusForbidden), "the history of the whole tenant is not for one solution's team: %v", err)

	rows := p.csv(t, "reports/offers.csv", "")
	require.Len(t, rows, 1+3)
	require.Equal(t, []string{"gold-card", "affluent", "2900", "0", "870", "0"}, rows[3][:6])
	contacts := p.csv(t, "history/contacts.csv", "limit=50")
	require.Len(t, contacts, 1+50)
	require.Equal(t, "'=1+1", contacts[1][5], "no spreadsheet runs what a visitor has sent")
	require.Len(t, p.csv(t, "history/responses.csv", "limit=50"), 1+50)
}

// learned is what came of 400 visitors, half of whom were presented each of two
// offers by chance; every fifth accepted the card, every second the loan.
func (p *past) learned(t *testing.T) {
	t.Helper()
	var entries []history.Entry
	for i := range 400 {
		offer := []string{"gold-card", "car-loan"}[i%2]
		more := presented(t, offer, "", decision.FromLearning, i%10 == 0 || i%4 == 1, time.Now().Add(-time.Hour))
		c := more[0].Contact
		c.Customer, c.Learning = fmt.Sprint("c-", i), "acceptance"
		c.Columns = map[string]any{learning.ChoiceColumn: "0.5 1 gold-card affluent car-loan,gold-card"}
		entries = append(entries, more...)
	}
	p.take(t.Context(), t, entries...)
}

func TestPoliciesOverREST(t *testing.T) {
	t.Parallel()
	p := preparePast(t)
	ctx := t.Context()
	auditor := p.admin.With(p.key)
	nothing, err := auditor.PoliciesReport(ctx, "bank", "web", client.ReportQuery{})
	require.NoError(t, err)
	require.Empty(t, nothing.Policies)
	require.Nil(t, nothing.Oldest)

	p.learned(t)
	report, err := auditor.PoliciesReport(ctx, "bank", "web", client.ReportQuery{Segment: "affluent", Group: "production"})
	require.NoError(t, err)
	require.EqualValues(t, 400, report.Contacts)
	require.EqualValues(t, 400, report.Visitors)
	got := map[string]float64{}
	for _, s := range report.Policies {
		require.Empty(t, s.Warnings, "%s", s.Policy)
		got[s.Policy] = s.SelfNormalized.Value
		require.True(t, s.DoublyRobust.Low < s.DoublyRobust.Value && s.DoublyRobust.Value < s.DoublyRobust.High)
		require.InDelta(t, s.SelfNormalized.Value, s.DoublyRobust.Value, 0.02)
		require.InDelta(t, 2*1.96*s.DoublyRobust.StandardError, s.DoublyRobust.High-s.DoublyRobust.Low, 0.001)
	}
	want := map[string]float64{"logging": 0.35, "baseline": 0.2, "best-per-segment": 0.5, "always:gold-card": 0.2, "always:car-loan": 0.5}
	require.Len(t, got, len(want))
	for policy, value := range want {
		require.InDelta(t, value, got[policy], 1e-9, policy)
	}

	one, err := auditor.PoliciesReport(ctx, "bank", "web", client.ReportQuery{}, "always:car-loan", "baseline")
	require.NoError(t, err)
	require.Equal(t, "always:car-loan, baseline", one.Policies[0].Policy+", "+one.Policies[1].Policy)
	require.InDelta(t, 0.15, one.Policies[0].Gain.Value, 0.02)
	for _, policies := range [][]string{{"always"}, {"baseline", "nonsense"}, strings.Split(strings.Repeat("baseline,", 20)+"baseline", ",")} {
		_, err = auditor.PoliciesReport(ctx, "bank", "web", client.ReportQuery{}, policies...)
		require.True(t, client.IsStatus(err, http.StatusBadRequest) || client.IsStatus(err, http.StatusUnprocessableEntity), "%v: %v", policies, err)
	}
	_, err = auditor.PoliciesReport(ctx, "bank", "web", client.ReportQuery{}, "baseline", "always:car-laon")
	require.True(t, client.IsStatus(err, http.StatusBadRequest), "%v", err)
	require.ErrorContains(t, err, `query.policy: "always:car-laon": there is no such offer`)
	_, err = auditor.PoliciesReport(ctx, "bank", "web", client.ReportQuery{Segment: "nobody"}, "always:car-laon")
	require.True(t, client.IsStatus(err, http.StatusBadRequest), "without contacts too: %v", err)
	putDesign(ctx, t, p.admin, "bank", "savings", "savings", definition.Offer{})
	fresh, err := auditor.PoliciesReport(ctx, "bank", "web", client.ReportQuery{}, "always:savings", "always:car-loan")
	require.NoError(t, err)
	require.Equal(t, "never-candidate", fresh.Policies[0].Warnings[0].Code)
	require.Nil(t, fresh.Policies[0].DoublyRobust, "an offer that was never presented gets no one else's numbers")
	require.Empty(t, fresh.Policies[1].Warnings)
	_, err = p.admin.With(p.rival).PoliciesReport(ctx, "bank", "web", client.ReportQuery{})
	require.True(t, client.IsStatus(err, http.StatusNotFound), "%v", err)

	rows := p.csv(t, "reports/policies.csv", "policy=baseline,always:savings")
	require.Equal(t, []string{"always:savings", "400", "0", "0", "0", ""}, rows[2][:6])
	require.Equal(t, "never-candidate", rows[2][len(rows[2])-1])
	rows = p.csv(t, "reports/policies.csv", "policy=baseline,always:car-loan")
	require.Len(t, rows, 1+2)
	require.Equal(t, []string{"baseline", "400", "200", "40"}, rows[1][:4])
	require.Len(t, p.csv(t, "reports/policies.csv", "segment=nobody"), 1, "there is nothing to judge by")
}

// csv exports as the auditor.
func (p *past) csv(t *testing.T, what, query string) [][]string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/v1/tenants/bank/channels/web/"+what+"?"+query, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+p.key)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "text/csv; charset=utf-8", answer.Header.Get("Content-Type"))
	require.Contains(t, answer.Header.Get("Content-Disposition"), "attachment; filename=web-")
	rows, err := csv.NewReader(answer.Body).ReadAll()
	require.NoError(t, err)
	return rows
}

func TestChangesOverREST(t *testing.T) {
	t.Parallel()
	p := preparePast(t)
	ctx := t.Context()
	first, err := p.admin.HistoryChanges(ctx, "bank", client.HistoryQuery{})
	require.NoError(t, err)
	require.Empty(t, first.Items)

	p.take(ctx, t, presented(t, "gold-card", "", decision.FromRule, true, time.Now())...)
	second, err := p.admin.HistoryChanges(ctx, "bank", client.HistoryQuery{After: first.Next, Class: "accept"})
	require.NoError(t, err)
	require.Len(t, second.Items, 1)
	require.Equal(t, "gold-card of c-1 in production", fmt.Sprintf("%s of %s in %s", second.Items[0].Offer, second.Items[0].Customer, second.Items[0].Group))

	answered := make(chan client.HistoryChanges, 1)
	go func() {
		page, err := p.admin.HistoryChanges(ctx, "bank", client.HistoryQuery{After: second.Next, Channel: "web", Wait: 20 * time.Second})
		if err == nil {
			answered <- page
		}
		close(answered)
	}()
	p.take(ctx, t, presented(t, "car-loan", "", decision.FromRule, false, time.Now())...)
	third := <-answered
	require.Len(t, third.Items, 1, "who waits hears of it")
	require.Equal(t, "car-loan", third.Items[0].Offer)

	_, err = p.store.Changes(ctx, p.tenant, contacthistory.ChangeQuery{After: 1_000_000, Limit: 1})
	require.ErrorContains(t, err, "restored to an older state")
	sources, err := p.admin.HistorySources(ctx, "bank")
	require.NoError(t, err)
	require.EqualValues(t, 2, sources[0].Contacts)
}

// TestNoTenantWaitsInTheOthersPlaces has one tenant wait for changes as often as it may.
func TestNoTenantWaitsInTheOthersPlaces(t *testing.T) {
	t.Parallel()
	p := preparePast(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	started := time.Now()
	answered := make(chan error, 50)
	for range cap(answered) {
		go func() {
			_, err := p.admin.HistoryChanges(ctx, "bank", client.HistoryQuery{Wait: 20 * time.Second})
			answered <- err
		}()
	}
	for range 10 { // those for whom there is no place
		require.NoError(t, <-answered)
	}
	require.Less(t, time.Since(started), 15*time.Second, "they do not wait")
	began := time.Now()
	_, err := p.admin.With(p.rival).HistoryChanges(ctx, "rival", client.HistoryQuery{Wait: time.Second})
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(began), time.Second)
}

var hiddenToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

func TestReportPage(t *testing.T) {
	t.Parallel()
	p := preparePast(t)
	p.month(t)
	p.learned(t)
	page := p.url + "/reports/bank/web"
	ask := func(address string, form url.Values) (int, http.Header, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if form == nil {
			request, err = http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			require.NoError(t, err)
		}
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, answer.Header, string(body)
	}

	status, header, body := ask(page, nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `type="password"`)
	require.NotContains(t, body, "gold-card")
	policy := header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "no-store", header.Get("Cache-Control"))

	status, header, body = ask(page, url.Values{"key": {p.key}})
	require.Equal(t, http.StatusOK, status)
	require.Empty(t, header.Values("Set-Cookie"))
	require.Contains(t, body, "<td>gold-card</td>")
	require.Equal(t, 1, strings.Count(body, `aria-label="Lift of learning by offer`))
	require.Contains(t, body, "400 contacts that learning chose")
	require.NotContains(t, body, p.key)
	require.NotContains(t, body, "<script")
	token := hiddenToken.FindStringSubmatch(body)[1]

	status, _, body = ask(page, url.Values{"token": {token}, "segment": {"affluent"}})
	require.Equal(t, http.StatusOK, status)
	require.NotContains(t, body, ">everybody<")
	_, err := p.admin.With(token).OffersReport(t.Context(), "bank", "web", client.ReportQuery{})
	require.True(t, client.IsStatus(err, http.StatusUnauthorized), "the token opens pages alone: %v", err)

	_, _, foreign := ask(page, url.Values{"key": {p.rival}})
	_, _, missing := ask(p.url+"/reports/nobody/web", url.Values{"key": {p.rival}})
	require.Equal(t, strings.ReplaceAll(missing, "nobody", "bank"), hiddenToken.ReplaceAllString(foreign, hiddenToken.FindString(missing)))
	for name, c := range map[string]struct {
		address string
		form    url.Values
		want    int
	}{
		"no key":            {page, url.Values{"key": {""}}, http.StatusUnauthorized},
		"a wrong key":       {page, url.Values{"key": {"swk_wrong"}}, http.StatusUnauthorized},
		"a wrong token":     {page, url.Values{"token": {"x.y.z"}}, http.StatusUnauthorized},
		"another tenant":    {page, url.Values{"key": {p.rival}}, http.StatusNotFound},
		"no channel":        {p.url + "/reports/bank/nothing", url.Values{"key": {p.key}}, http.StatusForbidden},
		"no day":            {page, url.Values{"key": {p.key}, "from": {"<script>"}}, http.StatusBadRequest},
		"two keys":          {page, url.Values{"key": {p.key, p.key}}, http.StatusBadRequest},
		"a form too large":  {page, url.Values{"key": {strings.Repeat("k", 9000)}}, http.StatusRequestEntityTooLarge},
		"markup in a field": {page, url.Values{"key": {p.key}, "segment": {`"><script>`}}, http.StatusOK},
	} {
		status, _, body := ask(c.address, c.form)
		require.Equal(t, c.want, status, name)
		require.NotContains(t, body, "<script", name)
		require.NotContains(t, body, "<td>gold-card</td>", name)
	}
}
