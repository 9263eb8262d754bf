package process_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

// drawSteps draws a list of steps; some draws make documents that are refused.
func drawSteps(t *rapid.T, serial *int, depth int, indent string) string {
	var b strings.Builder
	n := rapid.IntRange(1, 5).Draw(t, "steps")
	first := *serial
	then := func() string {
		return rapid.SampledFrom([]string{"continue", "exit", "end", fmt.Sprintf("s%d", first+rapid.IntRange(1, n).Draw(t, "to"))}).Draw(t, "then")
	}
	*serial += n
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "%s- s%d:\n", indent, first+i)
		line := func(format string, args ...any) {
			fmt.Fprintf(&b, "%s    "+format+"\n", append([]any{indent}, args...)...)
		}
		if rapid.IntRange(0, 4).Draw(t, "if") == 0 {
			line("if: interaction.priority > %d", rapid.IntRange(0, 5).Draw(t, "than"))
		}
		switch rapid.IntRange(0, 8).Draw(t, "task") {
		case 0:
			line("set: {n: '${ has(vars.n) ? vars.n + 1 : 0 }', m: [1.5, '${ outcome }']}")
		case 1:
			line("wait: PT%dS", rapid.IntRange(1, 100).Draw(t, "wait"))
		case 2:
			line("call: route")
			line("with: {queue: disputes, targets: [{agents: true, for: PT1S}], onNoTarget: %s}", then())
		case 3:
			line("call: queue")
			line("with: {queue: back-office, priority: '${ interaction.priority + 1 }'}")
		case 4:
			line("call: http")
			line("with: {method: post, endpoint: 'https://x.example/', body: {n: '${ has(vars.n) ? vars.n : 0 }'}, output: n, onFailure: %s}", then())
		case 5:
			line("switch: [{a: {when: outcome == 'solved', then: %s}}, {b: {when: response.status == 200, then: %s}}]", then(), then())
		case 6:
			line("call: stop")
			continue
		case 8:
			line("call: offers")
			line("with: {channel: desk, point: next, customer: {id: '${ interaction.properties.customer }'}, as: n}")
		case 7:
			if depth == 0 {
				line("set: {n: 1}")
				break
			}
			line("do:")
			b.WriteString(drawSteps(t, serial, depth-1, indent+"      "))
		}
		if rapid.Bool().Draw(t, "directed") {
			line("then: %s", then())
		}
	}
	return b.String()
}

func drawEvent(t *rapid.T, e process.Effect) process.Event {
	event := process.Event{Sequence: e.Sequence}
	switch e.Kind {
	case process.EffectWait:
		event.Kind = process.Elapsed
	case process.EffectRoute:
		event.Kind = rapid.SampledFrom([]process.EventKind{process.Completed, process.NoTarget}).Draw(t, "event")
	case process.EffectQueue:
		event.Kind = process.Completed
	default:
		event.Kind = rapid.SampledFrom([]process.EventKind{process.Responded, process.CallFailed}).Draw(t, "event")
		event.Status = rapid.SampledFrom([]int{200, 404, 500}).Draw(t, "status")
		event.Body = rapid.SampledFrom([]any{nil, 1.0, 2.5, 1e300, "text\x00", []any{true}, map[string]any{"a": 1.0}}).Draw(t, "body")
	}
	if event.Kind == process.Completed {
		event.Outcome = rapid.SampledFrom([]string{"", "solved", "unsolved"}).Draw(t, "outcome")
	}
	return event
}

// TestAdvanceProperties runs drawn documents with drawn events.
func TestAdvanceProperties(t *testing.T) {
	t.Parallel()
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		serial := 0
		document := head + drawSteps(t, &serial, 2, "")
		d, err := process.Parse([]byte(document))
		if err != nil {
			if f, ok := fault.As(err); !ok || f.Kind != fault.Invalid || len(f.Places) == 0 {
				t.Fatalf("not a fault with places: %v", err)
			}
			return
		}
		accepted++
		s, e, err := d.Advance(process.State{}, process.Event{Kind: process.Started}, dispute())
		for {
			if err != nil {
				t.Fatalf("%v\n%s", err, document)
			}
			if s.Steps > process.MaxExecuted {
				t.Fatalf("%d steps were executed", s.Steps)
			}
			stored := restored(t, s)
			if !reflect.DeepEqual(s, stored) {
				t.Fatalf("stored and read back\n%+v became\n%+v", s, stored)
			}
			if e.Kind == process.EffectFail && !strings.Contains(e.Reason, "no such overload") {
				t.Fatalf("failed: %s\n%s", e.Reason, document)
			}
			if e.Final() {
				return
			}
			event := drawEvent(t, e)
			again, effect, err := d.Advance(stored, event, dispute())
			if err != nil {
				t.Fatal(err)
			}
			before := e.Sequence
			s, e, err = d.Advance(s, event, dispute())
			if err != nil || !reflect.DeepEqual(s, again) || !reflect.DeepEqual(e, effect) {
				t.Fatalf("from the stored state: %+v, from the state: %+v", effect, e)
			}
			if e.Sequence != before+1 {
				t.Fatalf("effect %d follows %d", e.Sequence, before)
			}
		}
	})
	require.Positive(t, accepted)
}

func restored(t *rapid.T, s process.State) process.State {
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out process.State
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func FuzzParse(f *testing.F) {
	f.Add(cardDispute(f))
	for _, seed := range []string{
		"", "{", "a: &a [*a]", "- a", head + "- a: {call: stop}", head + "- a: {set: {x: '${ vars.x }'}, then: a}",
		head + "- a: {do: [{b: {call: queue, with: {queue: disputes}}}]}", "{\"document\": {}}", "\xff\xfe", "? a\n: b",
		head + "- a: {call: http, with: {method: get, endpoint: 'http://[::1]:80/${1}'}, then: end}",
		head + "- a: {wait: PT0.5S}\n- b: {call: stop, with: {reason: 'a${ {\"}\": 1} }b'}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		d, err := process.Parse(document)
		if err != nil {
			problem, ok := fault.As(err)
			require.True(t, ok)
			require.Equal(t, fault.Invalid, problem.Kind)
			require.NotEmpty(t, problem.Places)
			require.LessOrEqual(t, len(problem.Places), process.MaxProblems)
			return
		}
		s, e, err := d.Advance(process.State{}, process.Event{Kind: process.Started}, dispute())
		require.NoError(t, err)
		require.Equal(t, e, *s.Pending)
		_, err = json.Marshal(s)
		require.NoError(t, err)
	})
}
