package definition_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/definition"
)

func TestCheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind definition.Kind
		give string
		want []string // path: part of the message
	}{
		{"LevelWithoutKey", "audience-level", `{}`, []string{"key: at least 1 attributes needed"}},
		{"KeyOfFractions", "audience-level", `{"key":[{"name":"id","type":"number"}],"profile":[{"name":"id","type":"text"}]}`,
			[]string{"key[0].type: a text or a whole number", "profile[0].name: id is there already, at key[0].name"}},
		{"ReservedAttribute", "audience-level", `{"key":[{"name":"in","type":"text"}]}`, []string{"key[0].name: in is a reserved word"}},
		{"DefaultOfAnotherType", "audience-level", `{"key":[{"name":"id","type":"text"}],"profile":[{"name":"age","type":"whole","default":1.5}]}`,
			[]string{"profile[0].default: expected a whole number"}},
		{"UnknownType", "offer-attribute", `{"type":"money"}`, []string{`type: unknown type "money", expected one of text, whole, number, boolean, timestamp, texts`}},
		{"EmptyMacro", "macro", `{"audienceLevel":"individual","type":"text","expression":" "}`, []string{"expression: an expression is needed"}},
		{"MacroOfAMegabyte", "macro", `{"audienceLevel":"individual","type":"text","expression":"` + strings.Repeat("x", 1_000_000) + `"}`,
			[]string{"expression: the expression has 1000000 characters, at most 4096 are allowed"}},
		{"OfferWithDatesInReverse", "offer", `{"effective":"2026-05-01T00:00:00Z","expires":"2026-04-01T02:00:00+02:00"}`,
			[]string{"expires: 2026-04-01T00:00:00Z is not after effective, which is 2026-05-01T00:00:00Z"}},
		{"OfferOfNoTime", "offer", `{"effective":"2026-05-01T00:00:00Z","expires":"2026-05-01T00:00:00Z"}`, []string{"expires: "}},
		{"AttributeTwoWays", "offer", `{"attributes":{"fee":1},"computed":{"fee":"2"}}`, []string{"computed.fee: fee has a value in attributes"}},
		{"LookAlike", "offer", `{"campaign":"sрring"}`, []string{`campaign: a name has lower case letters a to z, digits and single hyphens, begins with a letter and ends with a letter or digit; 'р' (U+0440) is none of these`}},
		{"EvenWithoutDates", "offer", `{"limits":{"total":{"presentations":0,"even":true}}}`,
			[]string{"limits.total.presentations: 0 is not from 1", "limits.total.even: it takes an effective"}},
		{"SuppressedForNothing", "offer", `{"suppress":{"for":"PT0S","also":["a","a"]}}`,
			[]string{"suppress.for: expected a duration longer", "suppress.also[1]: a is there already"}},
		{"CampaignInReverse", "campaign", `{"start":"2026-05-01T00:00:00Z","end":"2025-05-01T00:00:00Z"}`, []string{"end: 2025-05-01T00:00:00Z is not after start"}},
		{"Learning", "learning-model", `{"algorithm":"magic","audienceLevel":"","exploration":2}`,
			[]string{`algorithm: unknown value "magic", expected one of beta-bernoulli, linear`, "audienceLevel: a name is needed", "exploration: 2 is not from 0 to 1"}},
		{"History", "history-mapping", `{"audienceLevel":"a","responseTypes":{"buy":"maybe"},"contact":{"x-y":"1"}}`,
			[]string{`responseTypes.buy: unknown value "maybe"`, "contact.x-y: a name that expressions read"}},
		{"Channel", "channel", `{"solution":"cards","serverGroups":["a","a"],"audienceLevels":[]}`,
			[]string{"serverGroups[1]: a is there already", "audienceLevels: at least 1"}},
		{"PointWithoutDefault", "interaction-point", `{"zone":"top"}`, []string{"default: a default is needed"}},
		{"ActionWithForeignField", "event", `{"actions":[{"do":"re-segment","events":["x"]},{"do":"set-profile"},{"do":"trigger-events"}]}`,
			[]string{"actions[0].events: re-segment has no events, it belongs to trigger-events", "actions[1].set: set-profile needs", "actions[2].events: trigger-events needs"}},
		{"ActionDelayedTwice", "event", `{"actions":[{"do":"re-segment","after":"PT1M","at":"now"}]}`, []string{"actions[0].at: an action is delayed by after or done at a time"}},
		{"UnknownAction", "event", `{"actions":[{"do":"call"}]}`, []string{`actions[0].do: unknown value "call", expected one of re-segment, log-contact`}},
		{"TriggersWithoutAim", "event", `{"actions":[{"do":"call-webhook"},{"do":"submit-interaction"},{"do":"start-process"}]}`,
			[]string{"actions[0].url: call-webhook needs an address", "actions[1].process: submit-interaction needs a business process", "actions[2].process: start-process needs a business process"}},
		{"TriggersWithForeignFields", "event", `{"actions":[{"do":"call-webhook","url":"https://a.example/x","process":"dispute"},{"do":"start-process","process":"dispute","mediaType":"chat"},{"do":"re-segment","send":{"a":"1"}}]}`,
			[]string{"actions[0].process: call-webhook has no process", "actions[1].mediaType: start-process has no mediaType", "actions[2].send: re-segment has no send"}},
		{"SubmissionWithoutMediaType", "event", `{"actions":[{"do":"submit-interaction","process":"dispute","send":{"x-y":"1"}}]}`,
			[]string{"actions[0].send.x-y: a name that expressions read", "actions[0].mediaType: submit-interaction needs the media type"}},
		{"WebhookAddresses", "event", `{"actions":[{"do":"call-webhook","url":"/x"},{"do":"call-webhook","url":"ftp://a.example"},{"do":"call-webhook","url":"http://u:p@a.example"},{"do":"call-webhook","url":"https://a.example/#x"},{"do":"call-webhook","url":"https://a.example/` + strings.Repeat("x", 2_000) + `"}]}`,
			[]string{"actions[0].url: expected an absolute http or https", "actions[1].url: expected an", "actions[2].url: expected an", "actions[3].url: expected an", "actions[4].url: the address has 2018 bytes"}},
		{"Counter", "event-pattern", `{"logic":"counter","members":[{"event":"a","weight":2}],"threshold":1,"window":{}}`,
			[]string{"members[0].weight: only the events of a weighted-counter", "threshold: only a weighted-counter", "window: for, from or to"}},
		{"WeightedCounter", "event-pattern", `{"logic":"weighted-counter","members":[{"event":"a","count":2}],"window":{"for":"PT1H","from":"2026-01-01T00:00:00Z"}}`,
			[]string{"members[0].count: only the events of a counter", "members[0].weight: an event of a weighted counter needs", "threshold: a weighted counter needs", "window.for: a window is rolling"}},
		{"WindowInReverse", "event-pattern", `{"logic":"match-all","members":[{"event":"a"}],"window":{"from":"2026-02-01T00:00:00Z","to":"2026-01-01T00:00:00Z"}}`,
			[]string{"window.to: 2026-01-01T00:00:00Z is not after from"}},
		{"Rules", "strategy", `{"rules":[{"name":"a","offer":"x","score":101},{"name":"a","offer":""},{"name":"b","offer":"y","effective":"2026-02-01T00:00:00Z","expires":"2026-01-01T00:00:00Z"}]}`,
			[]string{"rules[0].score: 101 is not from 0 to 100", "rules[1].name: a is there already, at rules[0].name", "rules[1].offer: a name is needed", "rules[2].expires: 2026-01-01T00:00:00Z is not after effective"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := definition.Decode(test.kind, []byte(test.give))
			require.NoError(t, err)
			requirePlaces(t, d.Check(), test.want)
		})
	}
}

// requirePlaces compares places with "path: beginning of the message".
func requirePlaces(t *testing.T, places []fault.Place, want []string) {
	t.Helper()
	var got []string
	for _, p := range places {
		got = append(got, p.Path+": "+p.Message)
	}
	require.Len(t, got, len(want), "%q", got)
	for i := range want {
		path, part, _ := strings.Cut(want[i], ": ")
		require.Equal(t, path, places[i].Path, "%q", got)
		require.Contains(t, places[i].Message, part)
	}
}

func TestCheckFlowchart(t *testing.T) {
	t.Parallel()
	const entry = `{"name":"in","type":"interaction","next":["a"]}`
	tests := []struct {
		name, give string
		want       []string
	}{
		{"NoEntry", `{"name":"a","type":"segment","segment":"x"}`, []string{"boxes: no box of type interaction"}},
		{"TwoEntries", entry + `,{"name":"a","type":"interaction"}`, []string{"boxes[1].type: a is a second box of type interaction, in is the first"}},
		{"UnknownBox", entry, []string{"boxes[0].next[0]: there is no box a"}},
		{"BackToTheEntry", entry + `,{"name":"a","type":"select","next":["in"]}`, []string{"boxes[1].next[0]: in is the entry, no box leads to it"}},
		{"Circle", entry + `,{"name":"a","type":"select","next":["b"]},{"name":"b","type":"decision","branches":[{"name":"x","when":"true"}],"otherwise":["c"]},{"name":"c","type":"sample","branches":[{"name":"x","share":1,"next":["a"]}]}`,
			[]string{"boxes[1]: the boxes form a circle: a → b → c → a"}},
		{"CircleOfOne", entry + `,{"name":"a","type":"select","next":["a"]}`, []string{"boxes[1]: the boxes form a circle: a → a"}},
		{"Unreachable", entry + `,{"name":"a","type":"segment","segment":"x"},{"name":"b","type":"segment","segment":"x"}`,
			[]string{"boxes[2]: no way leads from the entry to b"}},
		{"SameName", entry + `,{"name":"a","type":"segment","segment":"x"},{"name":"a","type":"segment","segment":"x"}`, []string{"boxes[2].name: a is there already"}},
		{"ForeignFields", entry + `,{"name":"a","type":"segment","segment":"x","when":"true","seed":"1"}`,
			[]string{"boxes[1].when: segment has no when, it belongs to select", "boxes[1].seed: segment has no seed"}},
		{"SegmentWithoutName", entry + `,{"name":"a","type":"segment"}`, []string{"boxes[1].segment: a name is needed"}},
		{"EmptySnapshot", entry + `,{"name":"a","type":"snapshot"}`, []string{"boxes[1].attributes: a snapshot needs"}},
		{"DecisionWithoutCondition", entry + `,{"name":"a","type":"decision","branches":[{"name":"x","share":3}]}`,
			[]string{"boxes[1].branches[0].share: decision has no share", "boxes[1].branches[0].when: an expression is needed"}},
		{"SharesOverAll", entry + `,{"name":"a","type":"sample","branches":[{"name":"x","share":60},{"name":"y","share":41}]}`,
			[]string{"boxes[1].branches: the shares add up to 101, more than 100"}},
		{"DerivedTwice", entry + `,{"name":"a","type":"select","derive":[{"name":"v","type":"text","expression":"'a'"}],"next":["b"]},{"name":"b","type":"select","derive":[{"name":"v","type":"text","expression":"'a'"}]}`,
			[]string{"boxes[2].derive[0].name: v is there already, at boxes[1].derive[0].name"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := definition.Decode(definition.KindFlowchart, []byte(`{"boxes":[`+test.give+`]}`))
			require.NoError(t, err)
			requirePlaces(t, d.Check(), test.want)
		})
	}
}

func TestCheckRefusesTenThousandBoxesInOnePlace(t *testing.T) {
	t.Parallel()
	var f definition.Flowchart
	for i := range 10_000 {
		f.Boxes = append(f.Boxes, definition.Box{Name: fmt.Sprint("b", i), Type: definition.BoxInteraction})
	}
	requirePlaces(t, f.Check(), []string{"boxes: 10000 boxes, at most 1000 are allowed"})
}

func TestCheckBoundsItsProblems(t *testing.T) {
	t.Parallel()
	s := definition.Strategy{Rules: make([]definition.TreatmentRule, definition.MaxRules)}
	require.Len(t, s.Check(), definition.MaxProblems)
	s.Rules = make([]definition.TreatmentRule, definition.MaxRules+1)
	requirePlaces(t, s.Check(), []string{"rules: 10001 rules, at most 10000 are allowed"})
}

func TestCheckPassesALargeFlowchartQuickly(t *testing.T) {
	t.Parallel()
	f := definition.Flowchart{Boxes: []definition.Box{{Name: "in", Type: definition.BoxInteraction, Next: []string{"b0"}}}}
	for i := range definition.MaxBoxes - 2 {
		f.Boxes = append(f.Boxes, definition.Box{Name: fmt.Sprint("b", i), Type: definition.BoxSelect, Next: []string{fmt.Sprint("b", i+1)}})
	}
	f.Boxes = append(f.Boxes, definition.Box{Name: fmt.Sprint("b", definition.MaxBoxes-2), Type: definition.BoxSegment, Segment: "end"})
	require.Empty(t, f.Check())
}

func TestCheckPassesGoodDocuments(t *testing.T) {
	t.Parallel()
	bundletest.Synthetic(bundletest.Size{Rules: 30, Clauses: 4, Offers: 10, Flowcharts: 3, Zones: 2}).Each(
		func(r definition.Reference, d definition.Document) {
			if r.Kind == definition.KindChannel {
				return // a package's has no server groups
			}
			require.NoError(t, definition.Check(r.String(), d))
			require.NoError(t, definition.CheckName(r.Kind, r.Name))
		})
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind       definition.Kind
		give, want string
	}{
		{definition.KindOffer, "gold-card", ""},
		{definition.KindOffer, "code", ""},
		{definition.KindOffer, "", "a name is needed"},
		{definition.KindOffer, "gоld", "'о' (U+043E) is none of these"},
		{definition.KindOffer, "Gold", "'G' (U+0047) is none of these"},
		{definition.KindOffer, "gold\u200b", "'\\u200b' (U+200B) is none of these"},
		{definition.KindOffer, "a--b", "single hyphens"},
		{definition.KindOffer, "1a", "begins with a letter"},
		{definition.KindOffer, "a-", "ends with a letter or digit"},
		{definition.KindOffer, strings.Repeat("a", 64), "too long"},
		{definition.KindOfferAttribute, "code", "every offer has the attribute code"},
		{definition.KindMacro, "in", "in is a reserved word of expressions"},
		{definition.KindLearningModel, "off", "off is what a zone without learning says"},
	}
	for _, test := range tests {
		err := definition.CheckName(test.kind, test.give)
		if test.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, test.want)
		require.True(t, fault.Is(err, fault.Invalid))
	}
}

func TestEventCircle(t *testing.T) {
	t.Parallel()
	triggers := func(names ...string) definition.Event {
		return definition.Event{Actions: []definition.EventAction{{Do: definition.TriggerEvents, Events: names}}}
	}
	require.Nil(t, definition.EventCircle(map[string]definition.Event{"a": triggers("b", "c"), "b": triggers("c"), "c": triggers("unknown")}))
	require.Equal(t, []string{"b", "c", "b"},
		definition.EventCircle(map[string]definition.Event{"a": triggers("b"), "b": triggers("c"), "c": triggers("b")}))
	require.Equal(t, "a → b → c → d → e → f → g → h → … → a", definition.Arrows(strings.Split("a b c d e f g h i j k a", " ")))
}
