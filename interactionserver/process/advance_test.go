package process_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/process"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func dispute() process.Input {
	return process.Input{Interaction: process.Interaction{
		ID: "0195", ExternalID: "mail/7 ä", MediaType: "chat", Type: "complaint", Priority: 3,
		Properties:  process.Values{"customer": "c1", "amount": 700.5, "count": int64(2), "list": []any{"x"}},
		SubmittedAt: noon,
	}}
}

// host carries a process by hand and keeps its state as JSON, as a real one does.
type host struct {
	t          *testing.T
	definition *process.Definition
	in         process.Input
	state      process.State
	effect     process.Effect
}

func start(t *testing.T, d *process.Definition) *host {
	t.Helper()
	h := &host{t: t, definition: d, in: dispute()}
	return h.happens(process.Event{Kind: process.Started})
}

// happens answers the pending effect with an event.
func (h *host) happens(e process.Event) *host {
	h.t.Helper()
	e.Sequence = h.effect.Sequence
	before, err := json.Marshal(h.state)
	require.NoError(h.t, err)

	next, effect, err := h.definition.Advance(h.state, e, h.in)
	require.NoError(h.t, err)
	require.Equal(h.t, effect, *next.Pending)
	after, err := json.Marshal(h.state)
	require.NoError(h.t, err)
	require.JSONEq(h.t, string(before), string(after), "Advance must not change the state that it is handed")

	stored, err := json.Marshal(next)
	require.NoError(h.t, err)
	h.state = process.State{}
	require.NoError(h.t, json.Unmarshal(stored, &h.state))
	require.Equal(h.t, next, h.state, "the state must survive being stored")
	h.effect = effect
	return h
}

func (h *host) wants(kind process.EffectKind, step string) *host {
	h.t.Helper()
	require.Equal(h.t, [2]string{string(kind), step}, [2]string{string(h.effect.Kind), h.effect.Step}, "reason: %s", h.effect.Reason)
	return h
}

func (h *host) stopsWith(reason string) {
	h.t.Helper()
	require.Equal(h.t, process.EffectStop, h.effect.Kind)
	require.Equal(h.t, reason, h.effect.Reason)
	require.True(h.t, h.effect.Final())
}

func (h *host) failsWith(reason string) {
	h.t.Helper()
	require.Equal(h.t, process.EffectFail, h.effect.Kind)
	require.Equal(h.t, reason, h.effect.Reason)
}

func TestAdvanceRunsTheExample(t *testing.T) {
	t.Parallel()
	d, err := process.Parse(cardDispute(t))
	require.NoError(t, err)

	h := start(t, d).wants(process.EffectHTTP, "customer")
	require.Equal(t, &process.Request{
		Method: "GET", Endpoint: "https://crm.example/customers/c1", Timeout: process.Duration(2 * time.Second),
		Retry: process.Retry{Attempts: 3, Delay: process.Duration(200 * time.Millisecond), Backoff: process.BackoffExponential},
	}, h.effect.Request)

	h.happens(process.Event{Kind: process.Responded, Status: 200, Body: map[string]any{"segment": "private"}})
	h.wants(process.EffectRoute, "serve")
	require.Equal(t, "disputes", h.effect.Queue)
	require.Equal(t, 10, *h.effect.Priority)
	require.Equal(t, process.Duration(20*time.Second), h.effect.InviteTimeout)
	require.Equal(t, d.Targets("serve"), h.effect.Targets)

	h.happens(process.Event{Kind: process.NoTarget}).wants(process.EffectWait, "pause")
	require.Equal(t, process.Duration(5*time.Minute), h.effect.For)
	h.happens(process.Event{Kind: process.Elapsed}).wants(process.EffectRoute, "serve")
	require.Equal(t, int64(2), h.state.Vars["attempts"])

	h.happens(process.Event{Kind: process.Completed, Outcome: "unsolved", Agent: "mia"}).wants(process.EffectQueue, "handBack")
	require.Equal(t, "back-office", h.effect.Queue)
	h.happens(process.Event{Kind: process.Completed, Outcome: "solved", Agent: "ben"}).stopsWith(process.ReasonCompleted)
	require.Equal(t, int64(6), h.effect.Sequence)
}

func TestAdvance(t *testing.T) {
	t.Parallel()
	const route = "{call: route, with: {queue: disputes, targets: [{agents: true}]}}"
	completed := process.Event{Kind: process.Completed, Outcome: "solved", Agent: "mia"}
	tests := []struct {
		name, give string
		events     []process.Event
		stop, fail string
	}{
		{name: "StopNamesItsReason", give: "- a: {call: stop, with: {reason: 'of ${ interaction.externalId }, ${ [1, 2.5] }'}}\n", stop: "of mail/7 ä, [1,2.5]"},
		{name: "StopWithoutReason", give: "- a: {call: stop}\n", stop: "completed"},
		{name: "SetSeesTheValuesBefore", give: "- a: {set: {x: 1, y: 2}}\n- b: {set: {x: '${ vars.y }', y: '${ vars.x }'}}\n- c: {call: stop, with: {reason: '${ vars.x }${ vars.y }'}}\n", stop: "21"},
		{name: "SetNests", give: "- a: {set: {x: {n: [1, '${ interaction.priority }', 'p${ 1 + 1 }'], z: null}}}\n- c: {call: stop, with: {reason: '${ vars.x }'}}\n", stop: `{"n":[1,3,"p2"],"z":null}`},
		{name: "NumbersMix", give: "- a: {set: {x: '${ interaction.properties.amount * 2 }'}}\n- c: {call: stop, with: {reason: '${ vars.x + 0.5 }'}}\n", stop: "1401.5"},
		{name: "SwitchTakesTheFirstCase", give: "- a: {switch: [{x: {when: 'false', then: end}}, {y: {when: interaction.priority == 3, then: c}}, {z: {then: end}}]}\n- c: {call: stop, with: {reason: here}}\n", stop: "here"},
		{name: "SwitchWithoutCaseGoesOn", give: "- a: {switch: [{x: {when: 'false', then: end}}]}\n- c: {call: stop, with: {reason: here}}\n", stop: "here"},
		{name: "SwitchWithoutCaseFollowsThen", give: "- a: {switch: [{x: {when: 'false', then: b}}], then: c}\n- b: {call: stop}\n- c: {call: stop, with: {reason: here}}\n", stop: "here"},
		{name: "IfSkips", give: "- a: {if: 'false', call: stop, with: {reason: wrong}}\n- c: {call: stop, with: {reason: here}}\n", stop: "here"},
		{name: "IfSkipsAWholeBlock", give: "- a:\n    if: interaction.priority > 3\n    do: [{b: {call: stop, with: {reason: wrong}}}]\n- c: {call: stop, with: {reason: here}}\n", stop: "here"},
		{name: "SkippedStepsDoNotFollowThen", give: "- a: {if: interaction.priority > 3, set: {x: 1}, then: end}\n- c: {call: stop, with: {reason: here}}\n", stop: "here"},
		{name: "BlockGoesOnBehindItself", give: "- z: {switch: [{y: {when: 'false', then: d}}]}\n- a:\n    do: [{b: {set: {x: 1}}}, {c: {set: {x: 2}}}]\n    then: e\n- d: {set: {x: 3}}\n- e: {call: stop, with: {reason: '${ vars.x }'}}\n", stop: "2"},
		{name: "ExitLeavesTheBlock", give: "- a: {do: [{b: {set: {x: 1}, then: exit}}]}\n- d: {call: stop, with: {reason: '${ vars.x }'}}\n", stop: "1"},
		{name: "EndEndsAll", give: "- z: {switch: [{y: {when: 'false', then: d}}]}\n- a: {do: [{b: {set: {x: 1}, then: end}}]}\n- d: {call: stop, with: {reason: wrong}}\n", stop: "completed"},
		{name: "DeepBlocks", give: "- a: {do: [{b: {do: [{c: {do: [{d: {set: {x: 1}}}]}}]}}]}\n- e: {call: stop, with: {reason: '${ vars.x }'}}\n", stop: "1"},
		{name: "AgentIsDone", give: "- a: " + route + "\n", events: []process.Event{completed}, stop: "completed"},
		{name: "OutcomeAndAgent", give: "- a: " + route + "\n- b: {call: stop, with: {reason: '${ outcome } by ${ lastAgent }'}}\n", events: []process.Event{completed}, stop: "solved by mia"},
		{name: "NoOutcomeBefore", give: "- a: {call: stop, with: {reason: '[${ outcome }]${ response.status }${ response.body }'}}\n", stop: "[]0null"},
		{name: "NoTarget", give: "- a: {call: route, with: {queue: disputes, targets: [{agents: true, for: PT1S}], onNoTarget: c}}\n- b: {call: stop}\n- c: {call: stop, with: {reason: nobody}}\n",
			events: []process.Event{{Kind: process.NoTarget}}, stop: "nobody"},
		{name: "Answer", give: "- a: {call: http, with: {method: get, endpoint: 'https://x/', output: r}}\n- b: {call: stop, with: {reason: '${ response.status }/${ response.body.n }/${ vars.r.n + 1 }'}}\n",
			events: []process.Event{{Kind: process.Responded, Status: 201, Body: map[string]any{"n": 4.0}}}, stop: "201/4/5"},
		{name: "BadStatusFails", give: "- a: {call: http, with: {method: get, endpoint: 'https://x/'}}\n- b: {call: stop}\n",
			events: []process.Event{{Kind: process.Responded, Status: 503}}, fail: "step a: the call failed: it answered with status 503"},
		{name: "BadStatusIsHandled", give: "- a: {call: http, with: {method: get, endpoint: 'https://x/', onFailure: c}}\n- b: {call: stop}\n- c: {call: stop, with: {reason: '${ response.status }: ${ response.error } ${ response.body }'}}\n",
			events: []process.Event{{Kind: process.Responded, Status: 404, Body: "none"}}, stop: "404: it answered with status 404 none"},
		{name: "NoAnswerFails", give: "- a: {call: http, with: {method: get, endpoint: 'https://x/'}}\n- b: {call: stop}\n",
			events: []process.Event{{Kind: process.CallFailed, Problem: "time-out"}}, fail: "step a: the call failed: time-out"},
		{name: "NoAnswerIsHandled", give: "- a: {call: http, with: {method: get, endpoint: 'https://x/', onFailure: c}}\n- b: {call: stop}\n- c: {call: stop, with: {reason: '${ response.status }: ${ response.error }'}}\n",
			events: []process.Event{{Kind: process.CallFailed, Problem: "time-out"}}, stop: "0: time-out"},
		{name: "HugeAnswerFails", give: "- a: {call: http, with: {method: get, endpoint: 'https://x/', output: r}, then: end}\n",
			events: []process.Event{{Kind: process.Responded, Status: 200, Body: strings.Repeat("x", process.MaxValues)}}, fail: "step a: the call failed: its answer cannot be kept: the value is larger than 262144 bytes"},
		{name: "MissingProperty", give: "- a: {switch: [{x: {when: interaction.properties.nope == 1, then: end}}], then: end}\n", fail: "step a: case x: evaluate expression: no such key: nope"},
		{name: "ConditionIsNoBool", give: "- a: {if: interaction.properties.customer, call: stop}\n- b: {call: stop}\n", fail: "step a: if: evaluate expression: the result is of type string, expected bool"},
		{name: "VariableNotYetSet", give: "- a: {set: {x: '${ vars.y }'}}\n- b: {set: {y: 1}, then: end}\n", fail: "step a: set: x: evaluate expression: no such key: y"},
		{name: "PriorityOutOfRange", give: "- a: {call: queue, with: {queue: disputes, priority: '${ 2000000 }'}}\n", fail: "step a: priority: 2000000 is not from -1000000 to 1000000"},
		{name: "EmptyReason", give: "- a: {call: stop, with: {reason: '${ outcome }'}}\n", fail: "step a: reason: it is empty"},
		{name: "TooManySteps", give: "- a: {set: {x: 1}}\n- b: {switch: [{c: {when: outcome == '', then: a}}], then: end}\n", stop: "too-many-steps"},
		{name: "GrowingVariables", give: "- a: {set: {x: '${ [interaction.properties.list] }'}}\n- b: {set: {x: '${ vars.x + vars.x }'}}\n- c: {switch: [{d: {when: outcome == '', then: b}}], then: end}\n", fail: "step b: set: x: evaluate expression: the result is too large (more than 10000 values or 32 levels)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := process.Parse([]byte(head + test.give))
			require.NoError(t, err)
			h := start(t, d)
			for _, e := range test.events {
				h.happens(e)
			}
			if test.stop != "" {
				h.stopsWith(test.stop)
			} else {
				h.failsWith(test.fail)
			}
		})
	}
}

func TestAdvanceMakesRequests(t *testing.T) {
	t.Parallel()
	request := func(t *testing.T, with string) *process.Request {
		t.Helper()
		return start(t, parse(t, "- a: {call: http, with: {"+with+"}, then: end}\n")).wants(process.EffectHTTP, "a").effect.Request
	}
	t.Run("EscapesWhatItInserts", func(t *testing.T) {
		t.Parallel()
		r := request(t, `method: get, endpoint: 'https://crm.example/a/${ interaction.externalId }?q=${ "a&b=c d" }', query: {n: '${ interaction.priority }', none: null, s: 'x y'}`)
		require.Equal(t, "https://crm.example/a/mail%2F7%20%C3%A4?q=a%26b%3Dc%20d&n=3&s=x+y", r.Endpoint)
	})
	t.Run("SendsHeadersAndBody", func(t *testing.T) {
		t.Parallel()
		r := request(t, `method: post, endpoint: 'https://crm.example/', headers: {X-Priority: '${ interaction.priority }'}, body: {id: '${ interaction.id }', properties: '${ interaction.properties }'}, timeout: PT1S`)
		require.Equal(t, map[string]string{"X-Priority": "3"}, r.Headers)
		body, err := json.Marshal(r.Body)
		require.NoError(t, err)
		require.JSONEq(t, `{"id":"0195","properties":{"customer":"c1","amount":700.5,"count":2,"list":["x"]}}`, string(body))
		require.Equal(t, process.Retry{Attempts: 1, Delay: process.Duration(time.Second), Backoff: process.BackoffExponential}, r.Retry)
	})
	for name, test := range map[string][2]string{
		"RefusesParentFolders": {`endpoint: 'https://crm.example/a/${ ".." }/b'`, "a URL's path must not hold . or .."},
		"RefusesOtherSchemes":  {`endpoint: '${ "file:///etc/passwd" }'`, "expected an http or https URL"},
		"RefusesCredentials":   {`endpoint: '${ "https://a:b@x/" }'`, "a URL must not hold credentials"},
		"RefusesLists":         {`endpoint: 'https://x/${ [1] }'`, "expected text or a number in a URL, found [1]"},
		"RefusesNumbers":       {`endpoint: '${ 1 }'`, "expected text, found 1"},
		"RefusesLongURLs":      {`endpoint: 'https://x/${ "` + strings.Repeat("x", 3000) + `" }'`, "the URL is too long"},
		"RefusesLineBreaks":    {`endpoint: 'https://x/', headers: {a: '${ "x\n" }'}`, "headers: a: expected text of one line"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, parse(t, "- a: {call: http, with: {method: get, "+test[0]+"}, then: end}\n")).wants(process.EffectFail, "a")
			require.Contains(t, h.effect.Reason, test[1])
		})
	}
}

func TestAdvanceTwiceIsOnce(t *testing.T) {
	t.Parallel()
	d := parse(t, "- a: {wait: PT1S}\n- b: {wait: PT2S}\n- c: {call: stop}\n")
	h := start(t, d).wants(process.EffectWait, "a")
	elapsed := process.Event{Kind: process.Elapsed, Sequence: 1}
	for _, e := range []process.Event{{Kind: process.Started}, {Kind: process.NoTarget, Sequence: 7}, {Kind: process.Elapsed}} {
		s, effect, err := d.Advance(h.state, e, h.in)
		require.NoError(t, err)
		require.Equal(t, h.state, s)
		require.Equal(t, h.effect, effect)
	}
	h.happens(elapsed).wants(process.EffectWait, "b")
	s, effect, err := d.Advance(h.state, elapsed, h.in)
	require.NoError(t, err)
	require.Equal(t, h.state, s)
	require.Equal(t, h.effect, effect)

	h.happens(process.Event{Kind: process.Elapsed}).stopsWith("completed")
	s, effect, err = d.Advance(h.state, process.Event{Kind: process.Elapsed, Sequence: 3}, h.in)
	require.NoError(t, err)
	require.Equal(t, h.state, s)
	require.Equal(t, h.effect, effect)
}

func TestAdvanceRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	d := parse(t, "- a: {wait: PT1S}\n- b: {call: stop}\n")
	_, _, err := d.Advance(process.State{}, process.Event{Kind: process.Elapsed}, dispute())
	require.ErrorContains(t, err, "event elapsed before it was started")

	h := start(t, d)
	_, _, err = d.Advance(h.state, process.Event{Kind: process.Completed, Sequence: 1}, h.in)
	require.ErrorContains(t, err, "event completed does not answer effect wait of step a")

	other := parse(t, "- x: {call: stop}\n")
	_, _, err = other.Advance(h.state, process.Event{Kind: process.Elapsed, Sequence: 1}, h.in)
	require.ErrorContains(t, err, "it has no step a")

	changed := parse(t, "- a: {call: stop}\n")
	_, _, err = changed.Advance(h.state, process.Event{Kind: process.Elapsed, Sequence: 1}, h.in)
	require.ErrorContains(t, err, "its step a does not ask for wait")

	forEver := start(t, parse(t, "- a: {call: route, with: {queue: disputes, targets: [{agents: true}]}}\n"))
	_, _, err = forEver.definition.Advance(forEver.state, process.Event{Kind: process.NoTarget, Sequence: 1}, h.in)
	require.ErrorContains(t, err, "the targets of step a have no end")
}

func TestEligible(t *testing.T) {
	t.Parallel()
	d := parse(t, `- a:
    set: {minimum: 50}
- b:
    call: route
    with:
      queue: disputes
      targets:
        - {agents: 'skills.level("cards") >= vars.minimum && "emea" in groups', for: PT1S}
        - {agents: 'agent == lastAgent || skills.level(interaction.properties.customer) > 0', for: PT1S}
        - {agents: interaction.properties.nope == 1, for: PT1S}
        - {agents: skills.cards > 0}
`)
	h := start(t, d)
	mia := process.Agent{Name: "mia", Skills: map[string]int{"cards": 60}, Groups: []string{"emea"}}
	ben := process.Agent{Name: "ben"}
	eligible := func(index int, a process.Agent) (bool, error) {
		return d.Eligible(process.TargetRef{Step: "b", Index: index}, a, h.in, h.state)
	}
	for _, test := range []struct {
		target int
		agent  process.Agent
		want   bool
		err    string
	}{
		{target: 0, agent: mia, want: true},
		{target: 0, agent: ben},
		{target: 1, agent: mia},
		{target: 2, agent: mia, err: "target 2 of step b: evaluate expression: no such key: nope"},
		{target: 3, agent: mia, want: true},
		{target: 3, agent: ben, err: "no such key: cards"},
		{target: 4, agent: ben, err: "has no target 4 at step b"},
	} {
		got, err := eligible(test.target, test.agent)
		require.Equal(t, test.want, got)
		if test.err == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, test.err)
		}
	}
	fixed := []bool{}
	for _, target := range d.Targets("b") {
		fixed = append(fixed, target.Fixed)
	}
	require.Equal(t, []bool{false, false, false, true}, fixed)
	_, err := d.Eligible(process.TargetRef{Step: "a"}, mia, h.in, h.state)
	require.Error(t, err)
}

func ExampleDefinition_Advance() {
	d, err := process.Parse([]byte(`
document: {dsl: 1.0.0, namespace: harborbank, name: call-back, version: 1.0.0}
evaluate: {language: cel}
queues: [{name: call-backs}]
do:
  - serve:
      call: route
      with:
        queue: call-backs
        targets:
          - agents: ${ skills.level("cards") >= 60 }
  - done:
      call: stop
      with: {reason: "${ outcome }"}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	in := process.Input{Interaction: process.Interaction{ID: "1", MediaType: "voice"}}
	state, effect, _ := d.Advance(process.State{}, process.Event{Kind: process.Started}, in)
	fmt.Println(effect.Kind, effect.Step, effect.Queue)
	event := process.Event{Kind: process.Completed, Sequence: effect.Sequence, Agent: "mia", Outcome: "solved"}
	_, effect, _ = d.Advance(state, event, in)
	fmt.Println(effect.Kind, effect.Step, effect.Reason)
	// Output:
	// route serve call-backs
	// stop done solved
}
