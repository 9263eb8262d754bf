package process_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

// head is the start of a document whose steps begin in line 5.
const head = `document: {dsl: 1.0.0, namespace: harborbank, name: test, version: 1.0.0}
evaluate: {language: cel}
queues: [{name: disputes}, {name: back-office}]
do:
`

func cardDispute(t testing.TB) []byte {
	t.Helper()
	document, err := os.ReadFile("testdata/card-dispute.yaml")
	require.NoError(t, err)
	return document
}

func parse(t testing.TB, steps string) *process.Definition {
	t.Helper()
	d, err := process.Parse([]byte(head + steps))
	require.NoError(t, err)
	return d
}

func TestParseReadsTheWholeDocument(t *testing.T) {
	t.Parallel()
	d, err := process.Parse(cardDispute(t))
	require.NoError(t, err)
	require.Equal(t, "harborbank", d.Namespace)
	require.Equal(t, "card-dispute", d.Name)
	require.Equal(t, "1.0.0", d.Version)
	require.Equal(t, "Disputed card payment", d.Title)
	require.Equal(t, []process.Queue{{Name: "disputes", Title: "Card disputes"}, {Name: "back-office"}}, d.Queues)
	require.Equal(t, []process.Target{
		{For: process.Duration(30 * time.Second), Pick: process.PickLongestIdle},
		{For: process.Duration(2 * time.Minute), Pick: process.PickLongestIdle, Fixed: true},
	}, d.Targets("serve"))
	require.Nil(t, d.Targets("triage"))
	require.Nil(t, d.Targets("nothing"))
}

func TestParseReadsJSON(t *testing.T) {
	t.Parallel()
	d, err := process.Parse([]byte("{\n\t\"document\": {\"dsl\": \"1.0.0\", \"namespace\": \"a\", \"name\": \"b\", \"version\": \"1.0.0\"},\n" +
		"\t\"evaluate\": {\"language\": \"cel\"},\n\t\"do\": [{\"over\": {\"call\": \"stop\"}}]\n}"))
	require.NoError(t, err)
	require.Equal(t, "b", d.Name)
}

// TestParseSaysWhereAndWhat has one document each: its problems as "line path: message".
func TestParseSaysWhereAndWhat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give string // give without the head, unless it has a document
		want       []string
	}{
		{"Empty", "", []string{"0 : the document is empty, expected a mapping with document"}},
		{"NotAMapping", "document", []string{"1 : expected a mapping with document, evaluate, queues and do, found \"document\""}},
		{"SyntaxError", "document: {", []string{"1 : this is not valid YAML or JSON"}},
		{"ColonInExpression", "- a:\n    if: x ? y : z\n", []string{"6 : this is not valid YAML or JSON: mapping values are not allowed in this context; put text"}},
		{"TwoDocuments", "- a: {call: stop}\n---\ndocument: x\n", []string{"0 : more than one YAML document"}},
		{"Alias", "- a: &x {call: stop}\n- b: *x\n", []string{"5 : anchors and aliases are not allowed"}},
		{"MergeKey", "- a: {<<: {call: stop}}\n", []string{"5 : merge keys are not allowed"}},
		{"Tag", "- a: {set: {x: !!binary aGk=}, then: end}\n", []string{"5 : the tag !!binary is not allowed"}},
		{"TooDeep", "- a: {set: {x: " + strings.Repeat("[", 30) + strings.Repeat("]", 30) + "}}\n", []string{"5 : nested deeper than 20 levels"}},
		{"MissingParts", "document: {}\n", []string{
			"1 document: dsl is missing, expected 1.0.0",
			"1 document: namespace is missing", "1 document: name is missing", "1 document: version is missing",
			"1 : evaluate is missing, expected language: cel",
			"1 : do is missing, expected a list of steps"}},
		{"DocumentForms", "document: {dsl: 1.1.0, namespace: Harbor, name: a--b, version: 1.0, title: 5, author: me}\nevaluate: {language: jq}\ndo: [{a: {call: stop}}]\n", []string{
			"1 document.author: \"author\" is not known here, expected one of dsl, namespace, name, version, title, summary",
			"1 document.dsl: expected version 1.0.x of the Open Workflow DSL, such as 1.0.0, found \"1.1.0\"",
			"1 document.namespace: expected a name of lower case letters",
			"1 document.name: expected a name of lower case letters",
			"1 document.version: expected a semantic version such as 1.0.0, found 1.0",
			"1 document.title: expected text, found 5; put it in quotes",
			"2 evaluate.language: expected one of cel, found \"jq\""}},
		{"Queues", "document: {dsl: 1.0.0, namespace: a, name: b, version: 1.0.0}\nevaluate: {language: cel}\nqueues: [{name: q}, {name: q}, {}, {name: Q!}, x]\ndo: [{a: {call: stop}}]\n", []string{
			"3 queues[1].name: the queue q is already declared",
			"3 queues[2]: name is missing",
			"3 queues[3].name: expected a name of lower case letters",
			"3 queues[4]: expected a mapping with name, found \"x\""}},
		{"NoSteps", "document: {dsl: 1.0.0, namespace: a, name: b, version: 1.0.0}\nevaluate: {language: cel}\ndo: []\n", []string{"3 do: expected a list of steps, each with its name, found an empty list"}},
		{"StepForms", "- 5\n- {a: {call: stop}, b: {call: stop}}\n- c:\n- d: []\n- {}\n", []string{
			"5 do[0]: expected a step such as `- name: {…}`, found 5",
			"6 do[1]: expected a step such as `- name: {…}`, found 2 names",
			"7 do[2].c: expected a step with one of do, set, switch, wait, call, found nothing",
			"8 do[3].d: expected a step with one of do, set, switch, wait, call, found a list",
			"9 do[4]: expected a step such as `- name: {…}`"}},
		{"StepNames", "- 1a: {call: stop}\n- end: {call: stop}\n- a: {do: [{b: {call: stop}}]}\n- b: {call: stop}\n", []string{
			"5 do[0].1a: expected a step's name of letters",
			"6 do[1].end: end is a word of the language and cannot name a step",
			"8 do[3].b: the step b is already in line 7"}},
		{"Tasks", "- a: {}\n- b: {wait: PT1S, set: {x: 1}}\n- c: {try: []}\n- d: {wait: PT1S, with: {}}\n- e: {call: fax}\n- f: {call: stop, x: 1}\n- g: {call: queue}\n", []string{
			"5 do[0].a: expected exactly one of do, set, switch, wait, call, found none",
			"6 do[1].b: expected exactly one of do, set, switch, wait, call, found set and wait",
			"7 do[2].c: try is a task of the Open Workflow DSL that is not supported, expected one of do, set, switch, wait, call",
			"8 do[3].d.with: with belongs to call",
			"9 do[4].e.call: expected one of route, queue, http, offers, stop, found \"fax\"",
			"10 do[5].f.x: \"x\" is not known here, expected one of if, do, set, switch, wait, call, with, then",
			"11 do[6].g: with is missing, expected a mapping with queue, priority"}},
		{"RepeatedName", "- a:\n    call: stop\n    call: stop\n", []string{"7 do[0].a.call: call is already given in line 6"}},
		{"Set", "- a: {set: {}, then: end}\n- b: {set: {x-y: 1}}\n- c: {set: x}\n", []string{
			"5 do[0].a.set: expected at least one variable",
			"6 do[1].b.set.x-y: expected a variable's name",
			"7 do[2].c.set: expected a mapping of variables to values, found \"x\""}},
		{"Expressions", "- a:\n    if: ${ outcome }\n    set:\n      x: ${ vars.y + }\n      z: |\n        ${\n          vars.nope > 1\n        }\n      u: a ${ outcome b\n      v: ${ interaction.prio }\n    then: end\n", []string{
			"6 do[0].a.if: in the expression, column 1: the result is of type string, expected bool",
			"8 do[0].a.set.x: in the expression, column 9: unexpected end of the expression",
			"10 do[0].a.set.z: no step sets vars.nope",
			"13 do[0].a.set.u: the expression that begins with ${ outcome b is not closed, expected }",
			"14 do[0].a.set.v: in the expression, column 12: undefined field 'prio'"}},
		{"Values", "- a: {set: {x: .inf}, then: end}\n", []string{"5 do[0].a.set.x: +Inf is not a JSON number"}},
		{"Switch", "- a:\n    switch:\n      - b: {then: end}\n      - b: {when: 'true'}\n      - c: {when: 1, then: exit}\n      - d: {when: 'true', then: nowhere}\n", []string{
			"7 do[0].a.switch[0].b: a case without when always applies, so that it must be the last one",
			"8 do[0].a.switch[1].b: the case \"b\" is already given",
			"8 do[0].a.switch[1].b: then is missing, expected continue, exit, end or the name of a step",
			"9 do[0].a.switch[2].c.when: in the expression, column 1: the result is of type int, expected bool",
			"10 do[0].a.switch[3].d.then: there is no step \"nowhere\"; expected continue, exit, end or the name of a step of the same list"}},
		{"OtherList", "- a: {do: [{b: {set: {x: 1}, then: c}}]}\n- c: {call: stop}\n", []string{
			"5 do[0].a.do[0].b.then: the step c is in another list"}},
		{"Wait", "- a: {wait: 5, then: end}\n- b: {wait: PT0S, then: end}\n- c: {wait: P1Y}\n- d: {wait: {seconds: 1, years: 1}}\n- e: {wait: P999999999D}\n", []string{
			"5 do[0].a.wait: expected a duration such as PT30S, found 5",
			"6 do[1].b.wait: expected a duration from PT0.001S to PT8784H, found PT0S",
			"7 do[2].c.wait: \"P1Y\" is not an ISO 8601 duration of days, hours, minutes and seconds",
			"8 do[3].d.wait.years: \"years\" is not known here, expected one of days, hours, minutes, seconds, milliseconds",
			"9 do[4].e.wait: \"P999999999D\" is longer than 366 days"}},
		{"Route", `- a: {call: route, with: {queue: fraud, targets: []}}
- b: {call: route, with: {queue: disputes, inviteTimeout: PT48H, priority: 9999999, targets: [{agents: true}, {agents: 'skills.cards'}]}}
- c: {call: route, with: {queue: disputes, targets: [{agents: 'skills.level("cards")', for: PT1S, pick: anyone}]}}
- d: {call: route, with: {queue: disputes, targets: [{agents: true}], onNoTarget: end}}
- e: {call: route, with: {targets: [{for: PT1S}], onNoTarget: gone}}
- f: {call: route, with: {queue: disputes}}
`, []string{
			"5 do[0].a.with.queue: the queue \"fraud\" is not declared; queues has disputes and back-office",
			"5 do[0].a.with.targets: expected a list of targets, each with agents, found an empty list",
			"6 do[1].b.with.priority: expected a whole number from -1000000 to 1000000, found 9999999",
			"6 do[1].b.with.inviteTimeout: expected a duration from PT0.1S to PT24H, found PT48H",
			"6 do[1].b.with.targets[0]: for is missing: only the last target may be tried for ever",
			"6 do[1].b.with.targets[1].agents: in the expression, column 1: the result is of type int, expected bool",
			"7 do[2].c.with.targets[0].agents: in the expression, column 1: the result is of type int, expected bool",
			"7 do[2].c.with.targets[0].pick: expected one of longestIdle, found \"anyone\"",
			"7 do[2].c.with: onNoTarget is missing: the last target is tried for PT1S",
			"8 do[3].d.with.onNoTarget: onNoTarget is never used",
			"9 do[4].e.with: queue is missing, expected a queue that the document declares",
			"9 do[4].e.with.targets[0]: agents is missing, expected a CEL expression of type bool",
			"9 do[4].e.with.onNoTarget: there is no step \"gone\"",
			"10 do[5].f.with: targets is missing"}},
		{"AgentOutsideOfTargets", "- a: {if: 'skills.level(\"cards\") > 1', call: stop}\n", []string{
			"5 do[0].a.if: in the expression, column 1: undeclared reference to 'skills'; the variables are interaction, lastAgent, outcome, response, vars"}},
		{"Offers", `- a: {call: offers, with: {channel: 3, count: 51, customer: [x], surprise: 1}}
- b-c: {call: offers, with: {channel: web, point: '${ outcome }', audienceLevel: ' '}}
- d: {call: offers, with: {channel: web, point: hero, as: a-b, profile: {age: '${ vars.age }'}, parameters: {a: '${ 1 + }'}}}
- e: {call: offers, with: {channel: web, point: hero, default: x, onFailure: gone}}
- f: {call: offers}
- g: {call: stop}
`, []string{
			"5 do[0].a.with.surprise: \"surprise\" is not known here, expected one of channel, point, count, audienceLevel, customer, profile, parameters, as, default, onFailure",
			"5 do[0].a.with.channel: expected a name, without expressions, found 3",
			"5 do[0].a.with: point is missing, expected a name, without expressions",
			"5 do[0].a.with.count: expected a whole number from 1 to 50, found 51",
			"5 do[0].a.with.customer: expected a mapping of names to values, found a list",
			"6 do[1].b-c.with: as is missing, expected a variable's name of letters, digits and underscores, at most 64 characters, since the step's own is none",
			"6 do[1].b-c.with.point: expected a name, without expressions, found \"${ outcome }\"",
			"6 do[1].b-c.with.audienceLevel: expected a name, without expressions, found \" \"",
			"7 do[2].d.with.as: expected a variable's name of letters, digits and underscores, at most 64 characters, found \"a-b\"",
			"7 do[2].d.with.parameters.a: in the expression, column 4: unexpected end of the expression",
			"7 do[2].d.with.profile.age: no step sets vars.age",
			"8 do[3].e.with.default: default is never used, since onFailure leads elsewhere; give one of them",
			"8 do[3].e.with.onFailure: there is no step \"gone\"; expected continue, exit, end or the name of a step of the same list",
			"9 do[4].f: with is missing, expected a mapping with channel, point, count, audienceLevel, customer, profile, parameters, as, default, onFailure",
		}},
		{"HTTP", `- a: {call: http, with: {endpoint: 'ftp://x/', method: FETCH}}
- b: {call: http, with: {method: get, endpoint: 'https://user:pw@x/', body: {a: 1}, timeout: PT5M}}
- c: {call: http, with: {method: get, endpoint: 'https://${ outcome }.example/'}}
- d: {call: http, with: {method: get, endpoint: 'https://x/../y', headers: {Host: x, 'a b': y, X: [1], Y: "a\nb"}}}
- e: {call: http, with: {method: get, endpoint: 'https://x/', retry: {attempts: 50, delay: PT5M, backoff: slow}, output: a-b, onFailure: gone}}
- f: {call: http, with: {method: get, endpoint: 'https://x/', retry: {}}}
`, []string{
			"5 do[0].a.with.method: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, found \"FETCH\"",
			"5 do[0].a.with.endpoint: expected an http or https URL, found ftp://x/",
			"6 do[1].b.with.endpoint: a URL must not hold credentials, found x",
			"6 do[1].b.with.body: a GET request has no body",
			"6 do[1].b.with.timeout: expected a duration from PT0.1S to PT1M, found PT5M",
			"7 do[2].c.with.endpoint: expected http:// or https:// with a host and a path before the first expression",
			"8 do[3].d.with.endpoint: a URL's path must not hold . or ..",
			"8 do[3].d.with.headers.Host: the header Host cannot be set",
			"8 do[3].d.with.headers.a b: a b is not the name of a header",
			"8 do[3].d.with.headers.X: expected text, found a list",
			"8 do[3].d.with.headers.Y: expected text of one line",
			"9 do[4].e.with.retry.attempts: expected a whole number from 1 to 10, found 50",
			"9 do[4].e.with.retry.delay: expected a duration from PT0.001S to PT1M, found PT5M",
			"9 do[4].e.with.retry.backoff: expected one of constant, linear, exponential, found \"slow\"",
			"9 do[4].e.with.output: expected a variable's name",
			"9 do[4].e.with.onFailure: there is no step \"gone\"",
			"10 do[5].f.with.retry: attempts is missing"}},
		{"Stop", "- a: {call: stop, with: {reason: too-many-steps}}\n- b: {call: stop, with: {reason: ' '}}\n- c: {call: stop, with: {}}\n- d: {call: stop, with: {reason: " + strings.Repeat("x", 300) + "}}\n", []string{
			"5 do[0].a.with.reason: the reason too-many-steps is the platform's own",
			"6 do[1].b.with.reason: expected a reason, found nothing",
			"7 do[2].c.with: reason is missing",
			"8 do[3].d.with.reason: the reason has 300 bytes, at most 200 are allowed"}},
		{"Unreachable", "- a: {call: stop}\n- b: {do: [{c: {call: stop}}]}\n", []string{"6 do[1].b: no path leads to this step"}},
		{"RunsOff", "- a: {set: {x: 1}}\n", []string{"5 do[0].a: the path runs off the end of the document here"}},
		{"RunsOffWhenSkipped", "- a: {if: 'outcome == \"x\"', call: stop}\n", []string{"5 do[0].a: when its if is false the path runs off the end of the document"}},
		{"RunsOffWithoutCase", "- a: {switch: [{b: {when: 'outcome == \"x\"', then: end}}]}\n", []string{"5 do[0].a: the path runs off the end of the document here"}},
		{"RunsOffFromBlock", "- a: {do: [{b: {set: {x: 1}}}]}\n", []string{"5 do[0].a.do[0].b: the path runs off the end of the document here"}},
		{"NeverEnds", "- a: {set: {x: 1}}\n- b: {wait: PT1S, then: a}\n", []string{"5 do[0].a: no path from this step ends"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			document := test.give
			if strings.HasPrefix(document, "- ") {
				document = head + document
			}
			_, err := process.Parse([]byte(document))
			f, ok := fault.As(err)
			require.True(t, ok)
			require.Equal(t, fault.Invalid, f.Kind)
			var got []string
			for _, place := range f.Places {
				got = append(got, fmt.Sprintf("%d %s: %s", place.Line, place.Path, place.Message))
			}
			require.Len(t, got, len(test.want), strings.Join(got, "\n"))
			for i, want := range test.want {
				require.True(t, strings.HasPrefix(got[i], want), "got  %s\nwant %s", got[i], want)
			}
		})
	}
}

func TestParseAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give string }{
		{"RouteAtTheEnd", "- a: {call: route, with: {queue: disputes, targets: [{agents: true}]}}\n"},
		{"QueueAtTheEndOfABlock", "- a: {do: [{b: {call: queue, with: {queue: disputes}}}]}\n"},
		{"StopWithoutReason", "- a: {call: stop}\n"},
		{"ThenEnd", "- a: {set: {x: 1}, then: end}\n"},
		{"ExitOfTheOutermostBlock", "- a: {set: {x: 1}, then: exit}\n"},
		{"Loop", "- a: {set: {x: 1}}\n- b: {switch: [{c: {when: 'outcome == \"\"', then: a}}, {d: {then: end}}]}\n"},
		{"UnitsOfDuration", "- a: {wait: {days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5}, then: end}\n"},
		{"BracesInExpression", "- a: {set: {x: \"${ {'a': '}'}.a }\"}, then: end}\n"},
		{"Comment", "# why\n- a: {call: stop} # because\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			parse(t, test.give)
		})
	}
}

func TestParseIsBounded(t *testing.T) {
	t.Parallel()
	steps := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "- s%d: {set: {x: 1}}\n", i)
		}
		return head + b.String() + "- over: {call: stop}\n"
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'i'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	tests := []struct {
		name, give, want string
		places           int
	}{
		{"TenMegabytes", strings.Repeat("# padding\n", 1<<20), "at most 1048576 are allowed", 1},
		{"TenThousandSteps", steps(10_000), "more than 500 steps", 1},
		{"YAMLBomb", bomb, "anchors and aliases are not allowed", 1},
		{"DeepNesting", strings.Repeat("[", 500_000), "", 1},
		{"ManyValues", "document: [" + strings.Repeat("1,", 400_000) + "1]", "more than 200000 values", 1},
		{"ManyExpressions", head + "- a: {set: {x: [" + strings.Repeat("'${1}',", 100_000) + "1]}, then: end}\n", "more than 2000 expressions", 1},
		{"LongExpressions", head + "- a: {set: {x: [" + strings.Repeat("'${["+strings.Repeat("1,", 1900)+"1].all(x, x > 0)}',", 250) + "1]}, then: end}\n", "more than 2000 expressions or 65536 bytes of them", 1},
		{"ManyProblems", head + strings.Repeat("- 5\n", 400), "expected a step", process.MaxProblems},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			_, err := process.Parse([]byte(test.give))
			f, ok := fault.As(err)
			require.True(t, ok)
			require.Len(t, f.Places, test.places)
			require.Contains(t, f.Places[0].Message, test.want)
			require.Less(t, time.Since(begin), 20*time.Second)
		})
	}
	_, err := process.Parse([]byte(steps(process.MaxSteps - 1)))
	require.NoError(t, err)
}
