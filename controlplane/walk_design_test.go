package controlplane

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/rest/resttest"
	"github.com/switchyard/switchyard/runtime/definition"
)

// designSpecs are a definition of each kind, in the order in which each comes
// after those that it names.
var designSpecs = []struct {
	kind definition.Kind
	spec definition.Document
}{
	{definition.KindAudienceLevel, definition.AudienceLevel{
		Key: []definition.Attribute{{Name: "customerId", Type: definition.Text}}, Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}},
	}},
	{definition.KindMacro, definition.Macro{AudienceLevel: "one", Type: definition.Boolean, Expression: "profile.age > 18"}},
	{definition.KindOfferAttribute, definition.OfferAttribute{Type: definition.Number}},
	{definition.KindCampaign, definition.Campaign{}},
	{definition.KindLearningModel, definition.LearningModel{Algorithm: definition.BetaBernoulli, AudienceLevel: "one"}},
	{definition.KindHistoryMapping, definition.HistoryMapping{AudienceLevel: "one"}},
	{definition.KindSegment, definition.Segment{}},
	{definition.KindOffer, definition.Offer{Campaign: "one"}},
	{definition.KindChannel, definition.Channel{Solution: "cards", ServerGroups: []string{"production"}, AudienceLevels: []string{"one"}}},
	{definition.KindZone, definition.Zone{}},
	{definition.KindInteractionPoint, definition.InteractionPoint{Zone: "one", Default: "none"}},
	{definition.KindFlowchart, definition.Flowchart{Boxes: []definition.Box{
		{Name: "start", Type: definition.BoxInteraction, Next: []string{"in"}}, {Name: "in", Type: definition.BoxSegment, Segment: "one"},
	}}},
	{definition.KindEvent, definition.Event{}},
	{definition.KindEventPattern, definition.EventPattern{Logic: definition.MatchAll, Members: []definition.PatternMember{{Event: "one"}}}},
	{definition.KindStrategy, definition.Strategy{Rules: []definition.TreatmentRule{{Name: "first", Offer: "one", When: "macro.one"}}}},
}

// prepareDesign makes of each kind "one", which others use, and "spare", which
// nothing uses.
func prepareDesign(t *testing.T, c *client.Client, tenant string) {
	t.Helper()
	for _, name := range []string{"one", "spare"} {
		for _, d := range designSpecs {
			putDesign(t.Context(), t, c, tenant, "one", name, d.spec)
		}
	}
}

func putDesign(ctx context.Context, t *testing.T, c *client.Client, tenant, channel, name string, spec definition.Document) {
	t.Helper()
	text, err := definition.Encode(spec)
	require.NoError(t, err)
	_, err = client.RawDesigns(c, tenant, channel, spec.Kind()).Put(ctx, name, 0, client.DesignDraft[json.RawMessage]{Spec: text})
	require.NoError(t, err)
}

// rightDesign is a call of each operation on design objects that succeeds.
func rightDesign() map[string]resttest.Request {
	type object = map[string]any
	calls := map[string]resttest.Request{
		"export-design": {},
		"import-design": {Body: object{"objects": []object{
			{"kind": definition.KindSegment, "name": "imported", "spec": object{}},
		}}},
	}
	for _, d := range designSpecs {
		name, one := "name", string(d.kind)
		if d.kind == definition.KindChannel {
			name = "channel"
		}
		at := func(value string) map[string]string { return map[string]string{name: value} }
		calls["list-"+d.kind.Plural()] = resttest.Request{}
		calls["get-"+one] = resttest.Request{}
		calls["put-"+one] = resttest.Request{Params: at("walked"), Body: object{"spec": d.spec}}
		calls["copy-"+one] = resttest.Request{Body: object{"name": "copied"}}
		calls["delete-"+one] = resttest.Request{Params: at("spare"), Header: map[string]string{"If-Match": "*"}}
		calls["list-"+one+"-changes"] = resttest.Request{}
		calls["get-"+one+"-change"] = resttest.Request{}
		if d.kind.Marked() {
			calls["mark-"+one] = resttest.Request{Body: object{"for": "deployment"}}
			calls["unmark-"+one] = resttest.Request{}
		}
	}
	return calls
}
