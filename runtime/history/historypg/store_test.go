package historypg_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
)

func TestWrite(t *testing.T) {
	t.Parallel()

	t.Run("KeepsContactsAndResponsesAsTheyAre", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		c := g.contact("ada", "card", noon)
		c.Columns = map[string]any{"branch": "nörd \"1\"", "visits": int64(9007199254740993), "tags": []string{"a", "b"}, "none": nil}
		r := accept(c, noon.Add(time.Minute))
		r.Columns = map[string]any{"amount": 12.5}

		require.Equal(t, []history.Kept{{State: history.Recorded, Level: "customer", Customer: "ada", Offer: "card", Session: "s-ada"}},
			g.write(history.Batch{Contacts: []history.Contact{c}, Responses: []history.Response{r}}))

		entries := g.entries()
		require.Len(t, entries, 2)
		c.Columns = map[string]any{"branch": "nörd \"1\"", "visits": json.Number("9007199254740993"), "tags": []any{"a", "b"}, "none": nil}
		require.Equal(t, &c, entries[0].Contact)
		r.Columns = map[string]any{"amount": json.Number("12.5")}
		require.Equal(t, &history.RecordedResponse{Response: r, Level: "customer", Customer: "ada", Offer: "card"}, entries[1].Response)
		require.Equal(t, map[string]customer.Past{"card": {
			Presented: 1, Recent: []customer.Presentations{}, ShownAt: noon, RespondedAt: noon.Add(time.Minute), AcceptedAt: noon.Add(time.Minute),
		}}, g.past("ada"))
	})

	t.Run("CountsTheSameOnce", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		c := g.contact("ada", "card", noon)
		r := accept(c, noon.Add(time.Minute))
		b := history.Batch{Contacts: []history.Contact{c, c}, Responses: []history.Response{r, r}}
		later := r
		later.At = noon.Add(time.Hour)

		kept, err := g.Write(t.Context(), []history.Batch{b, {Responses: []history.Response{r}}})
		require.NoError(t, err)
		require.Equal(t, []history.KeptState{history.Recorded, history.Repeated, history.Repeated},
			[]history.KeptState{kept[0][0].State, kept[0][1].State, kept[1][0].State})
		// What an attempt wrote that nobody heard of is recorded.
		require.Equal(t, history.Recorded, g.write(b)[0].State)
		require.Equal(t, history.Repeated, g.write(history.Batch{Responses: []history.Response{later}})[0].State)

		require.Len(t, g.entries(), 2)
		require.EqualValues(t, 1, g.past("ada")["card"].Presented)
		require.Equal(t, noon.Add(time.Minute), g.past("ada")["card"].AcceptedAt)
	})

	t.Run("KeepsResponsesWithoutContactApart", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		r := accept(g.contact("ada", "card", noon), noon)
		require.Equal(t, []history.Kept{{State: history.Orphaned}}, g.write(history.Batch{Responses: []history.Response{r}}))
		require.Equal(t, []history.Kept{{State: history.Orphaned}}, g.write(history.Batch{Responses: []history.Response{r}}))
		entries := g.entries()
		require.Len(t, entries, 1)
		require.Equal(t, &r, entries[0].Orphan)
		require.Empty(t, g.past("ada"))
	})

	t.Run("KeepsOnlySoManyResponsesWithoutContact", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		few, c := g.Keeping(3), g.contact("ada", "card", noon)
		g.write(history.Batch{Contacts: []history.Contact{c}})
		states := func(responses ...history.Response) (states []history.KeptState) {
			kept, err := few.Write(t.Context(), []history.Batch{{Responses: responses}})
			require.NoError(t, err)
			for _, k := range kept[0] {
				states = append(states, k.State)
			}
			return states
		}
		var forged []history.Response
		for range 5 {
			forged = append(forged, accept(g.contact("ada", "card", noon), noon))
		}
		require.Equal(t, []history.KeptState{history.Orphaned, history.Orphaned}, states(forged[:2]...))
		require.Equal(t, []history.KeptState{history.Orphaned, history.Recorded, history.Refused}, states(forged[2], accept(c, noon), forged[3]))
		require.Equal(t, []history.KeptState{history.Refused, history.Orphaned, history.Repeated}, states(forged[4], forged[0], accept(c, noon.Add(time.Hour))),
			"what is kept stays kept, and responses with a contact always are")
		require.Equal(t, 3, g.count(`SELECT count(*) FROM orphans`))

		// Another server of the group counts what there is.
		few = g.Keeping(4)
		require.Equal(t, []history.KeptState{history.Orphaned, history.Refused}, states(forged[3:]...))
	})

	t.Run("TellsResponsesOfAnotherSession", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		c := g.contact("ada", "card", noon)
		g.write(history.Batch{Contacts: []history.Contact{c}})
		r := accept(c, noon.Add(time.Hour))
		r.Session = "next day"
		require.Equal(t, []history.Kept{{State: history.Recorded, CrossSession: true, Level: "customer", Customer: "ada", Offer: "card", Session: "s-ada"}},
			g.write(history.Batch{Responses: []history.Response{r}}))
		require.True(t, g.entries()[1].Response.CrossSession)
	})

	t.Run("CountsEachTypeOfOneTreatment_AndSeenAsNoAnswer", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		c := g.contact("ada", "card", noon)
		seen := history.Response{Treatment: c.Treatment, Type: "contact", Class: history.Seen, Session: c.Session, At: noon.Add(time.Second)}
		g.write(history.Batch{Contacts: []history.Contact{c}, Responses: []history.Response{seen}})
		require.Equal(t, 1, g.past("ada")["card"].Unanswered)
		no := seen
		no.Type, no.Class, no.At = "rejected", history.Reject, noon.Add(time.Minute)
		g.write(history.Batch{Responses: []history.Response{no}})
		require.Zero(t, g.past("ada")["card"].Unanswered)
		require.Equal(t, noon.Add(time.Minute), g.past("ada")["card"].RejectedAt)
		require.Len(t, g.entries(), 3)
	})

	t.Run("KeepsNothingOfAnonymousVisitorsButContacts", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		c := g.contact("", "card", noon)
		g.write(history.Batch{Contacts: []history.Contact{c}, Responses: []history.Response{accept(c, noon)}})
		require.Len(t, g.entries(), 2)
		require.Zero(t, g.count(`SELECT count(*) FROM customer_offers`))
	})

	t.Run("DoesNotGrowByRepeatedResponses", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		c := g.contact("ada", "card", noon)
		g.write(history.Batch{Contacts: []history.Contact{c}})
		for range 20 {
			flood := history.Batch{}
			for i := range 500 {
				flood.Responses = append(flood.Responses, accept(c, noon.Add(time.Duration(i)*time.Second)))
			}
			g.write(flood)
		}
		require.Equal(t, 1, g.count(`SELECT count(*) FROM responses`))
		require.Equal(t, 8192, g.count(`SELECT pg_relation_size('responses')`), "one page, without dead rows")
		require.Equal(t, noon, g.past("ada")["card"].AcceptedAt)
	})
}

// TestPast compares the rows with what package customer makes of the same.
func TestPast(t *testing.T) {
	t.Parallel()
	g := setup(t)
	hour := duration.Duration(time.Hour)
	limit := &definition.Limit{Presentations: 50, For: &hour}
	var want customer.Past
	var last history.Contact
	for i := range 12 {
		b := history.Batch{}
		for j := range 5 {
			at := noon.Add(time.Duration(i*5+j) * 5 * time.Minute)
			last = g.contact("ada", "card", at)
			last.PerCustomer = limit
			b.Contacts = append(b.Contacts, last)
			want.Present(at, limit)
		}
		if i == 7 {
			b.Responses = append(b.Responses, accept(last, last.At))
			want.Accept(last.At)
		}
		g.write(b)
	}
	require.Equal(t, map[string]customer.Past{"card": want}, g.past("ada"))
	require.EqualValues(t, 12, want.PresentedWithin(limit, want.ShownAt))
}

// TestServersAtOnce writes the same rows of customers from three servers.
func TestServersAtOnce(t *testing.T) {
	t.Parallel()
	g := setup(t)
	const groups, perGroup, customers = 40, 20, 5
	var servers errgroup.Group
	for range 3 {
		servers.Go(func() error {
			for i := range groups {
				b := history.Batch{}
				for j := range perGroup {
					c := g.contact(key((i+j)%customers), "card", noon.Add(time.Duration(i)*time.Second))
					b.Contacts = append(b.Contacts, c)
				}
				if _, err := g.Write(t.Context(), []history.Batch{b}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, servers.Wait())
	for i := range customers {
		require.EqualValues(t, 3*groups*perGroup/customers, g.past(key(i))["card"].Presented)
	}
	require.Equal(t, 3*groups*perGroup, g.count(`SELECT count(*) FROM contacts`))
}

func TestRead(t *testing.T) {
	t.Parallel()

	t.Run("WaitsForAWriterThatHasALowerNumber", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		slow, err := g.db.BeginTxx(t.Context(), nil)
		require.NoError(t, err)
		defer slow.Rollback() //nolint:errcheck // after the commit it is nothing
		_, err = slow.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock_shared(7201954131), nextval('history_sequence')`)
		require.NoError(t, err)
		c := g.contact("ada", "card", noon)
		g.write(history.Batch{Contacts: []history.Contact{c}})

		_, err = g.Read(t.Context(), 0, 10)
		require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
		require.NoError(t, slow.Commit())
		require.Len(t, g.entries(), 1)
	})

	t.Run("LendsOneSessionAtATime", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		never := func(*historypg.Session) error { panic("it is lent already") }
		require.NoError(t, g.Session(t.Context(), func(*historypg.Session) error {
			require.True(t, fault.Is(g.Session(t.Context(), never), fault.Conflict))
			return nil
		}))
		ctx, cancel := context.WithCancel(t.Context())
		require.Error(t, g.Session(ctx, func(s *historypg.Session) error {
			cancel()
			return errors.Join(s.SetMark(ctx, history.Mark{}), ctx.Err())
		}))
		require.Eventually(t, func() bool {
			return g.Session(t.Context(), func(*historypg.Session) error { return nil }) == nil
		}, 30*time.Second, 10*time.Millisecond, "it is given back all the same")
	})

	t.Run("MissesNothingWhileServersWrite", func(t *testing.T) {
		t.Parallel()
		g := setup(t)
		var servers errgroup.Group
		for range 4 {
			servers.Go(func() error {
				for range 60 {
					c := g.contact("", "card", noon)
					if _, err := g.Write(t.Context(), []history.Batch{{Contacts: []history.Contact{c, g.contact("", "fund", noon)}, Responses: []history.Response{accept(c, noon)}}}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		done := make(chan error, 1)
		go func() { done <- servers.Wait() }()
		after, read, stop := int64(0), 0, false
		for !stop {
			select {
			case err := <-done:
				require.NoError(t, err)
				stop = true // and read what is left
			default:
			}
			for {
				page, err := g.Read(t.Context(), after, 50)
				if fault.Is(err, fault.Unavailable) {
					continue // a writer took its time: a reader asks again
				}
				require.NoError(t, err)
				for i, e := range page.Entries {
					require.Greater(t, e.Sequence, after)
					require.True(t, i == 0 || e.Sequence >= page.Entries[i-1].Sequence)
				}
				read += len(page.Entries)
				after = page.Next
				if !page.More {
					break
				}
			}
		}
		require.Equal(t, 4*60*3, read)
	})

	t.Run("RefusesAPageWithoutBound", func(t *testing.T) {
		t.Parallel()
		_, err := setup(t).Read(t.Context(), 0, 10_001)
		require.True(t, fault.Is(err, fault.Invalid))
	})
}
