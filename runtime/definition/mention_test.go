package definition_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/definition"
)

func golden(t *testing.T, kind definition.Kind) definition.Document {
	t.Helper()
	data, err := os.ReadFile("testdata/" + string(kind) + ".json")
	require.NoError(t, err)
	d, err := definition.Decode(kind, data)
	require.NoError(t, err)
	return d
}

func TestReferences(t *testing.T) {
	t.Parallel()
	want := map[definition.Kind][]string{
		"macro":           {"audienceLevel audience-levels/individual"},
		"learning-model":  {"audienceLevel audience-levels/individual"},
		"history-mapping": {"audienceLevel audience-levels/individual"},
		"offer": {"campaign campaigns/spring", "attributes.fee offer-attributes/fee", "attributes.headline offer-attributes/headline",
			"computed.greeting offer-attributes/greeting", "suppress.also[0] offers/silver-card"},
		"channel": {"audienceLevels[0] audience-levels/individual", "audienceLevels[1] audience-levels/household",
			"learning learning-models/clicks"},
		"interaction-point": {"zone channels/web/zones/top"},
		"event": {"actions[1].flowcharts[0] channels/web/flowcharts/value", "actions[2].offers[0] offers/gold-card",
			"actions[3].events[0] channels/web/events/paid"},
		"event-pattern": {"members[0].event channels/web/events/clicked", "members[1].event channels/web/events/paid",
			"suspend[0] channels/web/events/left"},
		"flowchart": {"audienceLevel audience-levels/individual", "boxes[5].segment segments/high-value", "boxes[6].segment segments/low-value"},
		"strategy": {"audienceLevel audience-levels/individual", "rules[0].segment segments/high-value", "rules[0].zone channels/web/zones/top",
			"rules[0].offer offers/gold-card", "rules[0].computed.greeting offer-attributes/greeting", "rules[1].offer offers/silver-card"},
	}
	for _, kind := range definition.Kinds {
		var got []string
		for _, m := range definition.References("web", golden(t, kind)) {
			got = append(got, m.Path+" "+m.Reference.String())
		}
		require.Equal(t, want[kind], got, kind)
	}
	require.Equal(t, "learning-models/clicks", definition.References("web", definition.Zone{Learning: "clicks"})[0].Reference.String())
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	want := map[definition.Kind][]string{
		"macro":           {"expression macro boolean"},
		"offer":           {"computed.greeting rule of greeting"},
		"history-mapping": {"contact.age history ", "response.value history "},
		"event": {"actions[0].when action boolean", "actions[0].set.income action of income",
			"actions[3].at action timestamp", "actions[5].send.amount action "},
		"event-pattern": {"members[1].when action boolean on paid"},
		"flowchart":     {"boxes[1].derive[0].expression flowchart whole", "boxes[1].when flowchart boolean", "boxes[3].branches[0].when flowchart boolean"},
		"strategy":      {"rules[0].scoreExpression score number", "rules[0].when rule boolean", "rules[0].computed.greeting rule of greeting"},
	}
	for _, kind := range definition.Kinds {
		var got []string
		for _, e := range definition.Expressions(golden(t, kind)) {
			line := e.Path + " " + string(e.Sees) + " " + string(e.Result)
			if e.Attribute != "" {
				line += "of " + e.Attribute
			}
			if e.Event != "" {
				line += " on " + e.Event
			}
			require.NotEmpty(t, e.Source)
			got = append(got, line)
		}
		require.Equal(t, want[kind], got, kind)
	}
}

func TestConvert(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind definition.ValueType
		give any
		want any
		why  string
	}{
		{definition.Text, "a", "a", ""},
		{definition.Text, 5, nil, "expected a text"},
		{definition.Text, "\xff", nil, "not valid UTF-8"},
		{definition.Whole, 5.0, int64(5), ""},
		{definition.Whole, 5, int64(5), ""},
		{definition.Whole, 5.5, nil, "expected a whole number"},
		{definition.Whole, 1e300, nil, "expected a whole number"},
		{definition.Whole, float64(1<<53 - 1), int64(1<<53 - 1), ""},
		{definition.Whole, float64(1 << 53), nil, "expected a whole number"}, // may have been 1<<53 + 1
		{definition.Number, int64(5), 5.0, ""},
		{definition.Boolean, true, true, ""},
		{definition.Boolean, "true", nil, "expected true or false"},
		{definition.Timestamp, "yesterday", nil, "expected a time such as"},
		{definition.Texts, []any{"a", "b"}, []string{"a", "b"}, ""},
		{definition.Texts, []any{"a", 1}, nil, "expected a list of texts"},
		{definition.Texts, make([]string, definition.MaxTexts+1), nil, "at most 1000 are allowed"},
		{definition.Texts, nil, nil, ""},
	}
	for _, test := range tests {
		got, err := test.kind.Convert(test.give)
		if test.why != "" {
			require.ErrorContains(t, err, test.why)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, test.want, got)
	}
}
