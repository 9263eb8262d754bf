package process_test

import (
	"testing"

	"github.com/switchyard/switchyard/interactionserver/process"
)

func BenchmarkParse(b *testing.B) {
	document := cardDispute(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := process.Parse(document); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAdvance is a whole interaction: set, switch, route, an agent, stop.
func BenchmarkAdvance(b *testing.B) {
	d := parse(b, `- classify: {set: {fraud: '${ interaction.properties.customer.contains("fraud") }'}}
- choose: {switch: [{fraud: {when: vars.fraud, then: done}}]}
- serve: {call: route, with: {queue: disputes, targets: [{agents: 'skills.level("cards") > 1'}]}}
- done: {call: stop, with: {reason: handled}}
`)
	in := dispute()
	b.ReportAllocs()
	for b.Loop() {
		s, e, err := d.Advance(process.State{}, process.Event{Kind: process.Started}, in)
		if err != nil {
			b.Fatal(err)
		}
		done := process.Event{Kind: process.Completed, Sequence: e.Sequence, Agent: "mia", Outcome: "solved"}
		if _, e, err = d.Advance(s, done, in); err != nil || e.Kind != process.EffectStop {
			b.Fatal(e, err)
		}
	}
}
