package historypg_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
)

// TestPastIsWhatPackageCustomerMakes writes random transactions, with limits within
// a time and without, and compares the rows with the same done in memory.
func TestPastIsWhatPackageCustomerMakes(t *testing.T) {
	t.Parallel()
	g := setup(t)
	hour := duration.Duration(time.Hour)
	limits := []*definition.Limit{nil, nil, {Presentations: 3}, {Presentations: 3, For: &hour}}
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		ada := key(run) // nobody has seen her
		want := map[string]customer.Past{}
		known := map[history.Treatment]string{}
		var treatments []history.Treatment
		for range rapid.IntRange(1, 6).Draw(rt, "transactions") {
			b, limited := history.Batch{}, rapid.IntRange(0, len(limits)-1).Draw(rt, "limit")
			at := noon.Add(time.Duration(rapid.IntRange(0, 100).Draw(rt, "minute")) * time.Minute)
			for i := range rapid.IntRange(0, 5).Draw(rt, "contacts") {
				offer := rapid.SampledFrom([]string{"card", "fund", "loan"}).Draw(rt, "offer")
				c := g.contact(ada, offer, at.Add(time.Duration(i)*time.Second))
				c.PerCustomer = limits[limited]
				past := want[offer]
				past.Present(c.At, c.PerCustomer)
				want[offer] = past
				b.Contacts = append(b.Contacts, c)
				known[c.Treatment] = offer
				treatments = append(treatments, c.Treatment)
			}
			for i := range rapid.IntRange(0, 3).Draw(rt, "responses") {
				if len(treatments) == 0 {
					break
				}
				// Each treatment is answered once, after all that is presented here.
				r := history.Response{Treatment: treatments[0], Type: "answered", Session: "s", Channel: "web", At: at.Add(time.Minute + time.Duration(i))}
				treatments = treatments[1:]
				offer := known[r.Treatment]
				past := want[offer]
				switch r.Class = rapid.SampledFrom([]history.Class{history.Accept, history.Reject, history.Neither, history.Seen}).Draw(rt, "class"); r.Class {
				case history.Accept:
					past.Accept(r.At)
				case history.Reject:
					past.Reject(r.At)
				case history.Neither:
					past.Answer(r.At)
				case history.Seen:
				}
				want[offer] = past
				b.Responses = append(b.Responses, r)
			}
			if b.Rows() > 0 {
				_, err := g.Write(t.Context(), []history.Batch{b})
				require.NoError(rt, err)
			}
		}
		got := g.past(ada)
		require.Len(rt, got, len(want))
		for offer, past := range want {
			stored := got[offer]
			require.ElementsMatch(rt, past.Recent, stored.Recent)
			past.Recent, stored.Recent = nil, nil
			require.Equal(rt, past, stored, offer)
		}
	})
}
