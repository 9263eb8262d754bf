package controlplane

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/runtime/definition"
)

// designers makes tenant "bank" with solutions cards and mortgages, the design
// objects of prepareDesign in the channels one (cards) and spare (cards), and
// channel home (mortgages). It returns clients by account.
func designers(t *testing.T, accounts map[string]client.RoleBinding) map[string]*client.Client {
	t.Helper()
	o, _ := testOptions(t)
	_, platform := start(t, o)
	ctx := t.Context()
	_, err := platform.CreateTenant(ctx, client.NewTenant{Name: "bank"})
	require.NoError(t, err)
	for _, name := range []string{"cards", "mortgages"} {
		_, err := platform.CreateSolution(ctx, "bank", client.NewSolution{Name: name})
		require.NoError(t, err)
	}
	prepareDesign(t, platform, "bank")
	putDesign(ctx, t, platform, "bank", "", "home", definition.Channel{
		Solution: "mortgages", ServerGroups: []string{"production"}, AudienceLevels: []string{"one"},
	})
	clients := map[string]*client.Client{"platform": platform}
	for name, role := range accounts {
		_, err := platform.CreateAccount(ctx, "bank", client.NewAccount{Name: name, Kind: "person", Roles: []client.RoleBinding{role}})
		require.NoError(t, err)
		key, err := platform.CreateAPIKey(ctx, "bank", name)
		require.NoError(t, err)
		clients[name] = platform.With(key.Key)
	}
	return clients
}

// TestWhoMayDesign holds that a role of one solution counts for the channels of
// that solution, and that everybody reads what the channels share.
func TestWhoMayDesign(t *testing.T) {
	t.Parallel()
	clients := designers(t, map[string]client.RoleBinding{
		"cards-designer":  {Role: "designer", Solution: "cards"},
		"cards-deployer":  {Role: "deployer", Solution: "cards"},
		"tenant-designer": {Role: "designer"},
		"agent":           {Role: "agent"},
	})
	ctx := t.Context()
	designer, deployer, all := clients["cards-designer"], clients["cards-deployer"], clients["tenant-designer"]
	forbidden := func(err error) {
		t.Helper()
		require.True(t, client.IsStatus(err, http.StatusForbidden), "%v", err)
	}
	zone := client.DesignDraft[definition.Zone]{}
	zones := func(c *client.Client, channel string) client.Designs[definition.Zone] {
		return client.ChannelDesigns[definition.Zone](c, "bank", channel)
	}

	made, err := zones(designer, "one").Put(ctx, "top", 0, zone)
	require.NoError(t, err)
	_, err = zones(designer, "home").Put(ctx, "top", 0, zone)
	forbidden(err)
	_, foreign := zones(designer, "home").Get(ctx, "top")
	_, missing := zones(designer, "nowhere").Get(ctx, "top")
	forbidden(foreign)
	require.Equal(t, missing.Error(), foreign.Error(), "a channel of another team looks like none")
	_, err = zones(deployer, "one").Get(ctx, "top")
	require.NoError(t, err)
	forbidden(zones(deployer, "one").Delete(ctx, "top", made.Version))
	_, err = zones(all, "home").Put(ctx, "top", 0, zone)
	require.NoError(t, err)

	strategies := client.ChannelDesigns[definition.Strategy](designer, "bank", "one")
	_, err = strategies.CopyTo(ctx, "one", client.ChannelDesignCopy{Name: "copied", Channel: "home"})
	forbidden(err)
	_, err = strategies.CopyTo(ctx, "one", client.ChannelDesignCopy{Name: "copied"})
	require.NoError(t, err)
	_, err = client.ChannelDesigns[definition.Strategy](all, "bank", "one").CopyTo(ctx, "one", client.ChannelDesignCopy{Name: "copied", Channel: "home"})
	require.NoError(t, err)

	for _, c := range []*client.Client{designer, deployer} {
		channels, err := client.TenantDesigns[definition.Channel](c, "bank").List(ctx)
		require.NoError(t, err)
		require.Len(t, channels, 2, "one and spare, not home")
		offers, err := client.TenantDesigns[definition.Offer](c, "bank").List(ctx)
		require.NoError(t, err)
		require.Len(t, offers, 2)
		_, err = client.TenantDesigns[definition.Offer](c, "bank").Put(ctx, "silver", 0, client.DesignDraft[definition.Offer]{})
		forbidden(err)
		_, err = client.TenantDesigns[definition.Channel](c, "bank").Copy(ctx, "one", client.DesignCopy{Name: "two"})
		forbidden(err)
	}
	_, err = client.TenantDesigns[definition.Channel](designer, "bank").Put(ctx, "shop", 0, client.DesignDraft[definition.Channel]{
		Spec: definition.Channel{Solution: "cards", ServerGroups: []string{"production"}, AudienceLevels: []string{"one"}},
	})
	forbidden(err)
	_, err = client.TenantDesigns[definition.Offer](clients["agent"], "bank").List(ctx)
	forbidden(err)
}

// TestDesignOverREST goes through the life of a strategy.
func TestDesignOverREST(t *testing.T) {
	t.Parallel()
	platform := designers(t, nil)["platform"]
	ctx := t.Context()
	strategies := client.ChannelDesigns[definition.Strategy](platform, "bank", "one")
	spec := definition.Strategy{Rules: []definition.TreatmentRule{{Name: "first", Offer: "one", When: "profile.age > 18"}}}
	draft := client.DesignDraft[definition.Strategy]{DisplayName: "Win back", Spec: spec}

	made, err := strategies.Put(ctx, "winback", 0, draft)
	require.NoError(t, err)
	require.Equal(t, spec, made.Spec)
	require.Equal(t, "one", made.Channel)
	draft.Spec.Rules[0].When = "profile.age > 21"
	_, err = strategies.Put(ctx, "winback", 0, draft)
	require.True(t, client.IsStatus(err, http.StatusPreconditionRequired), "%v", err)
	edited, err := strategies.Put(ctx, "winback", made.Version, draft)
	require.NoError(t, err)
	_, err = strategies.Put(ctx, "winback", made.Version, client.DesignDraft[definition.Strategy]{Spec: spec})
	require.True(t, client.IsPreconditionFailed(err), "%v", err)

	marked, err := strategies.Mark(ctx, "winback", edited.Version, "deployment")
	require.NoError(t, err)
	require.Equal(t, "deployment", marked.Mark.For)
	require.NotEmpty(t, marked.Mark.By)
	err = strategies.Delete(ctx, "winback", marked.Version)
	require.True(t, client.IsType(err, "locked"), "%v", err)
	unmarked, err := strategies.Unmark(ctx, "winback", client.AnyVersion)
	require.NoError(t, err)
	require.Nil(t, unmarked.Mark)

	err = client.TenantDesigns[definition.Macro](platform, "bank").Delete(ctx, "one", 1)
	require.True(t, client.IsType(err, "in-use"), "%v", err)
	require.ErrorContains(t, err, "channels/one/strategies/one.rules[0].when")

	changes, err := strategies.Changes(ctx, "winback")
	require.NoError(t, err)
	require.Len(t, changes, 4)
	before, err := strategies.Change(ctx, "winback", made.Version)
	require.NoError(t, err)
	require.Equal(t, made.Spec, before.Spec)
	require.NoError(t, strategies.Delete(ctx, "winback", unmarked.Version))
	_, err = strategies.Get(ctx, "winback")
	require.True(t, client.IsNotFound(err), "%v", err)
}

// TestLargestStrategy saves as many rules as a strategy may have.
func TestLargestStrategy(t *testing.T) {
	t.Parallel()
	platform := designers(t, nil)["platform"]
	var spec definition.Strategy
	for i := range 10_000 {
		score := float64(i % 100)
		spec.Rules = append(spec.Rules, definition.TreatmentRule{Name: fmt.Sprint("r", i), Segment: "one", Offer: "one", Score: &score, When: "profile.age > 1"})
	}
	strategies := client.ChannelDesigns[definition.Strategy](platform, "bank", "one")
	_, err := strategies.Put(t.Context(), "large", 0, client.DesignDraft[definition.Strategy]{Spec: spec})
	require.NoError(t, err)
	got, err := strategies.Get(t.Context(), "large")
	require.NoError(t, err)
	require.Equal(t, spec, got.Spec)
}

// TestBadDesignInput holds that whatever is sent, the answer is a problem that
// names the place.
func TestBadDesignInput(t *testing.T) {
	t.Parallel()
	platform := designers(t, nil)["platform"]
	boxes := `{"name":"start","type":"interaction","next":["b0"]}`
	for i := range 9_999 {
		boxes += fmt.Sprintf(`,{"name":"b%d","type":"select","next":["b%d"]}`, i, i+1)
	}
	for _, test := range []struct {
		name, path, spec string
		status           int
		place            string
	}{
		{"10,000 boxes", "channels/one/flowcharts/large", `{"boxes":[` + boxes + `]}`, 400, "spec.boxes"},
		{"a circle of boxes", "channels/one/flowcharts/circle", `{"boxes":[{"name":"start","type":"interaction","next":["a"]},` +
			`{"name":"a","type":"select","next":["b"]},{"name":"b","type":"select","next":["a"]}]}`, 400, "spec.boxes"},
		{"an expression of 1 MB", "macros/large", `{"audienceLevel":"one","type":"boolean","expression":"` + strings.Repeat("x", 1<<20) + `"}`, 400, "spec.expression"},
		{"a deep expression", "macros/deep", `{"audienceLevel":"one","type":"boolean","expression":"` + strings.Repeat("(", 2000) + `true` + strings.Repeat(")", 2000) + `"}`, 400, "spec.expression"},
		{"a macro that reads itself", "macros/one", `{"audienceLevel":"one","type":"boolean","expression":"macro.one"}`, 400, "spec.expression"},
		{"an event that triggers itself", "channels/one/events/one", `{"actions":[{"do":"trigger-events","events":["one"]}]}`, 400, "spec.actions[0].events[0]"},
		{"an offer's dates in reverse", "offers/reverse", `{"effective":"2026-03-02T00:00:00Z","expires":"2026-03-01T00:00:00Z"}`, 400, "spec."},
		{"a campaign's dates in reverse", "campaigns/reverse", `{"start":"2026-03-02T00:00:00Z","end":"2026-03-01T00:00:00Z"}`, 400, "spec."},
		{"a date of no calendar", "offers/date", `{"effective":"2026-02-30T00:00:00Z"}`, 400, "spec.effective"},
		{"a Cyrillic letter", "offers/g%D0%BEld", `{}`, 400, "name"},
		{"a name in upper case", "offers/Gold", `{}`, 400, "name"},
		{"an unknown key", "offers/gold", `{"prize":1}`, 400, "spec.prize"},
		{"no spec", "offers/gold", `null`, 400, ""},
		{"an unknown type", "offer-attributes/rate", `{"type":"money"}`, 400, "spec.type"},
		{"a score over 100", "channels/one/strategies/high", `{"rules":[{"name":"a","offer":"one","score":101}]}`, 400, "spec.rules[0].score"},
		{"a rule twice", "channels/one/strategies/twice", `{"rules":[{"name":"a","offer":"one"},{"name":"a","offer":"one"}]}`, 400, "spec.rules[1].name"},
		{"a body over the limit", "channels/one/strategies/huge", `{"rules":[{"name":"` + strings.Repeat("a", 4<<20) + `"}]}`, 413, ""},
		{"text with NUL", "offers/nul", `{"description":"a\u0000b"}`, 400, "body"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := platform.Do(t.Context(), http.MethodPut, "/v1/tenants/bank/"+test.path,
				json.RawMessage(`{"spec":`+test.spec+`}`), nil, versionOfOne(test.path)...)
			var p *client.Problem
			require.ErrorAs(t, err, &p)
			require.Equal(t, test.status, p.Status, "%v", err)
			if test.place == "" {
				return
			}
			require.NotEmpty(t, p.Errors)
			require.LessOrEqual(t, len(p.Errors), 50)
			require.True(t, strings.HasPrefix(p.Errors[0].Path, test.place), "%v", p.Errors[0])
			require.NotEmpty(t, p.Errors[0].Message)
			require.Less(t, len(err.Error()), 20_000)
		})
	}
}

// TestIfMatchOfAnyVersion holds that "*" stands for a resource that is there.
func TestIfMatchOfAnyVersion(t *testing.T) {
	t.Parallel()
	platform := designers(t, nil)["platform"]
	for path, body := range map[string]string{
		"offers/%s":             `{"spec":{"description":"changed"}}`,
		"channels/one/zones/%s": `{"displayName":"Changed","spec":{}}`,
		"business-processes/%s": `{"document":"do: []"}`,
	} {
		put := func(name string) error {
			return platform.Do(t.Context(), http.MethodPut, "/v1/tenants/bank/"+fmt.Sprintf(path, name), json.RawMessage(body), nil, client.IfMatch("*"))
		}
		var p *client.Problem
		require.ErrorAs(t, put("absent"), &p, path)
		require.Equal(t, http.StatusPreconditionFailed, p.Status, path)
		require.NoError(t, platform.Do(t.Context(), http.MethodPut, "/v1/tenants/bank/"+fmt.Sprintf(path, "there"), json.RawMessage(body), nil))
		require.NoError(t, put("there"), path)
	}
}

// versionOfOne is the version of what prepareDesign made.
func versionOfOne(path string) []client.Option {
	if strings.HasSuffix(path, "/one") {
		return []client.Option{client.IfMatch(`"1"`)}
	}
	return nil
}
