package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/process"
)

func TestAdvanceAsksForOffers(t *testing.T) {
	t.Parallel()
	d := parse(t, `- next:
    call: offers
    with:
      channel: desk
      point: next
      count: 2
      audienceLevel: customer
      customer: {id: '${ interaction.properties.customer }'}
      profile: {amount: '${ interaction.properties.amount }', none: '${ interaction.properties.?none.orValue(null) }'}
      parameters: {topic: '${ interaction.type }'}
- done: {call: stop, with: {reason: '${ vars.next[0].offer } ${ vars.next[0].attributes.price + 1 } ${ vars.next.size() }'}}
`)
	h := start(t, d).wants(process.EffectOffers, "next")
	require.Equal(t, &process.Offers{
		Channel: "desk", Point: "next", Count: 2, Level: "customer", Customer: process.Values{"id": "c1"},
		Profile: process.Values{"amount": 700.5}, Parameters: process.Values{"topic": "complaint"},
	}, h.effect.Request.Offers)
	require.Equal(t, 1, h.effect.Request.Retry.Attempts, "what was presented is not presented again")
	h.happens(process.Event{Kind: process.Responded, Status: 200, Body: []any{
		map[string]any{"treatment": "t1", "offer": "card", "score": 90.0, "attributes": map[string]any{"price": 5.0}, "default": ""},
		map[string]any{"treatment": "t2", "offer": "loan", "score": 50.0, "attributes": map[string]any{}, "default": ""},
	}}).stopsWith("card 6 2")

	bare := start(t, parse(t, "- a: {call: offers, with: {channel: desk, point: next}, then: end}\n"))
	require.Equal(t, &process.Offers{Channel: "desk", Point: "next", Count: 1}, bare.wants(process.EffectOffers, "a").effect.Request.Offers)
}

func TestAdvanceWithoutOffers(t *testing.T) {
	t.Parallel()
	failed := process.Event{Kind: process.CallFailed, Problem: "the channel is not served here"}
	for name, test := range map[string]struct{ with, stop string }{
		"TheDefaultIsEmpty":    {"as: r", "[]  0 the channel is not served here"},
		"TheDefaultIsThatOf":   {"as: r, default: 'hello ${ interaction.properties.customer }'", "[hello c1]  0 the channel is not served here"},
		"OnFailureLeadsAway":   {"as: r, onFailure: c", "away"},
		"NothingIsSetThenHere": {"as: r, onFailure: d", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, parse(t, "- a: {call: offers, with: {channel: desk, point: next, "+test.with+`}}
- z: {switch: [{x: {when: 'false', then: c}}, {y: {when: 'false', then: d}}]}
- b: {call: stop, with: {reason: '[${ vars.r[0].default }] ${ vars.r[0].offer } ${ vars.r[0].score } ${ response.error }'}}
- c: {call: stop, with: {reason: away}}
- d: {call: stop, with: {reason: '${ has(vars.r) }'}}
`))
			h.happens(failed).stopsWith(test.stop)
		})
	}

	h := start(t, parse(t, "- a: {call: offers, with: {channel: desk, point: next, customer: {id: '${ interaction.properties.none }'}}, then: end}\n"))
	h.wants(process.EffectFail, "a").failsWith("step a: customer: id: evaluate expression: no such key: none")
	h = start(t, parse(t, "- a: {call: offers, with: {channel: desk, point: next, default: '${ interaction.properties.none }'}, then: end}\n"))
	h.happens(failed).failsWith("step a: default: [0]: default: evaluate expression: no such key: none")
}
