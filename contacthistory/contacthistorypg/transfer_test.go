package contacthistorypg_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/tenants"
)

func TestTransfer(t *testing.T) {
	t.Parallel()

	t.Run("CopiesRowsWithAllTheyHave", func(t *testing.T) {
		t.Parallel()
		ctx, p, g := t.Context(), newPlatform(t), newGroup(t)
		tenant, groups, err := p.tenant(ctx, 1)
		require.NoError(t, err)
		first, second := contact("c1", "gold-card", noon), contact("c2", "loan", noon.Add(time.Second))
		require.NoError(t, g.record(ctx, history.Batch{Contacts: []history.Contact{first, second}}))
		orphan := treatment()
		require.NoError(t, g.record(ctx, history.Batch{Responses: []history.Response{
			response(first.Treatment, "purchased", history.Accept, "another session", noon.Add(time.Minute)),
			response(orphan, "purchased", history.Accept, "s-c9", noon),
		}}))

		moved, _, err := drain(ctx, contacthistory.NewTransfer(p, g, 2), tenant, groups[0].ID)
		require.NoError(t, err)
		require.Equal(t, contacthistory.Counts{Contacts: 2, Responses: 1, Orphans: 1}, moved)

		all, err := changes(ctx, p, tenant)
		require.NoError(t, err)
		require.Len(t, all, 4)
		page, err := g.Read(ctx, 0, 10)
		require.NoError(t, err)
		for i, e := range page.Entries {
			require.Equal(t, e.Contact, all[i].Contact)
			require.Equal(t, e.Response, all[i].Response)
			require.Equal(t, e.Orphan, all[i].Orphan)
			require.Equal(t, groups[0].ID, all[i].Group)
			require.Equal(t, "web", all[i].Channel)
		}
		require.True(t, all[2].Response.CrossSession)
		sources, err := p.Sources(ctx, tenant)
		require.NoError(t, err)
		require.Len(t, sources, 1)
		require.Equal(t, moved, sources[0].Moved)
		require.Equal(t, "production", sources[0].Name)
		require.Zero(t, sources[0].Epoch)
	})

	t.Run("MatchesAResponseWithAContactOfAnotherGroupInEitherOrder", func(t *testing.T) {
		t.Parallel()
		ctx, p, web, desk := t.Context(), newPlatform(t), newGroup(t), newGroup(t)
		tenant, groups, err := p.tenant(ctx, 2)
		require.NoError(t, err)
		early, late := contact("c1", "gold-card", noon), contact("c2", "loan", noon)
		answer := func(c history.Contact) history.Response {
			return response(c.Treatment, "purchased", history.Accept, "desk", noon.Add(time.Hour))
		}
		require.NoError(t, web.record(ctx, history.Batch{Contacts: []history.Contact{early}}))
		require.NoError(t, desk.record(ctx, history.Batch{Responses: []history.Response{answer(early), answer(late)}}))
		for _, step := range []struct {
			source *group
			id     tenants.ServerGroupID
		}{{web, groups[0].ID}, {desk, groups[1].ID}} {
			_, _, err = drain(ctx, contacthistory.NewTransfer(p, step.source, 0), tenant, step.id)
			require.NoError(t, err)
		}
		before, err := changes(ctx, p, tenant)
		require.NoError(t, err)
		require.Len(t, before, 3)
		require.NotNil(t, before[2].Orphan)

		require.NoError(t, web.record(ctx, history.Batch{Contacts: []history.Contact{late}}))
		_, _, err = drain(ctx, contacthistory.NewTransfer(p, web, 0), tenant, groups[0].ID)
		require.NoError(t, err)
		after, err := p.Changes(ctx, tenant, contacthistory.ChangeQuery{After: before[2].Position, Limit: 10})
		require.NoError(t, err)
		require.Len(t, after.Changes, 2)
		require.Equal(t, late.Treatment, after.Changes[0].Contact.Treatment)
		require.Equal(t, "loan", after.Changes[1].Response.Offer)
		require.True(t, after.Changes[1].Response.CrossSession)
		require.Equal(t, groups[1].ID, after.Changes[1].Group)
		report, err := contacthistory.NewReports(p).Offers(ctx, tenant, contacthistory.ReportQuery{
			Channel: "web", From: noon.Add(-time.Hour), To: noon.Add(2 * time.Hour),
		})
		require.NoError(t, err)
		require.Equal(t, contacthistory.Outcomes{Presented: 2, Accepted: 2}, report.Outcomes)
		require.Zero(t, report.Orphans)
		require.EqualValues(t, 2, report.CrossSession)
	})

	t.Run("SaysThatAGroupsDatabaseIsInAnOlderState", func(t *testing.T) {
		t.Parallel()
		ctx, p, g := t.Context(), newPlatform(t), newGroup(t)
		tenant, groups, err := p.tenant(ctx, 1)
		require.NoError(t, err)
		transfer := contacthistory.NewTransfer(p, g, 0)
		record := func(n int) {
			b := history.Batch{}
			for i := range n {
				b.Contacts = append(b.Contacts, contact(fmt.Sprint("c", i), "loan", noon))
			}
			require.NoError(t, g.record(ctx, b))
		}
		record(3)
		_, restored, err := drain(ctx, transfer, tenant, groups[0].ID)
		require.NoError(t, err)
		require.Zero(t, restored)
		require.NoError(t, g.keep(ctx))
		record(3)
		_, _, err = drain(ctx, transfer, tenant, groups[0].ID)
		require.NoError(t, err)

		require.NoError(t, g.restore(ctx))
		record(10) // takes the numbers anew that were read, and more
		moved, restored, err := drain(ctx, transfer, tenant, groups[0].ID)
		require.NoError(t, err)
		require.Equal(t, 1, restored)
		require.EqualValues(t, 10, moved.Contacts)
		sources, err := p.Sources(ctx, tenant)
		require.NoError(t, err)
		require.EqualValues(t, 1, sources[0].Epoch)
		require.EqualValues(t, 16, sources[0].Moved.Contacts)
	})

	t.Run("LetsOneOfTwoGoOn", func(t *testing.T) {
		t.Parallel()
		ctx, p, g := t.Context(), newPlatform(t), newGroup(t)
		tenant, groups, err := p.tenant(ctx, 1)
		require.NoError(t, err)
		from := contacthistory.Watermark{}
		one := contact("c", "loan", noon)
		require.NoError(t, g.record(ctx, history.Batch{Contacts: []history.Contact{one}}))
		page, err := g.Read(ctx, 0, 10)
		require.NoError(t, err)
		to := contacthistory.Watermark{ReadTo: page.Next, Mark: [16]byte{1}}
		_, err = p.Move(ctx, tenant, groups[0].ID, from, to, page.Entries)
		require.NoError(t, err)
		_, err = p.Move(ctx, tenant, groups[0].ID, from, contacthistory.Watermark{ReadTo: 99, Mark: [16]byte{2}}, page.Entries)
		require.True(t, fault.Is(err, fault.Conflict), "%v", err)
		now, err := p.Watermark(ctx, tenant, groups[0].ID)
		require.NoError(t, err)
		require.Equal(t, to, now)
	})

	t.Run("KeepsTenantsApart", func(t *testing.T) {
		t.Parallel()
		ctx, p, g := t.Context(), newPlatform(t), newGroup(t)
		mine, groups, err := p.tenant(ctx, 1)
		require.NoError(t, err)
		other, _, err := p.tenant(ctx, 1)
		require.NoError(t, err)
		require.NoError(t, g.record(ctx, history.Batch{Contacts: []history.Contact{contact("c", "loan", noon)}}))
		_, _, err = drain(ctx, contacthistory.NewTransfer(p, g, 0), mine, groups[0].ID)
		require.NoError(t, err)
		foreign, err := changes(ctx, p, other)
		require.NoError(t, err)
		require.Empty(t, foreign)
		_, err = p.Move(ctx, other, groups[0].ID, contacthistory.Watermark{}, contacthistory.Watermark{ReadTo: 1, Mark: [16]byte{1}}, nil)
		require.Error(t, err, "the group is of another tenant")
		// Row level security is the second lock.
		for _, table := range []string{"contact_history", "response_history", "orphan_history", "history_sources", "history_positions"} {
			var n int
			require.NoError(t, p.db.GetContext(ctx, &n, `SELECT count(*) FROM `+table))
			require.Zero(t, n, table)
		}
	})
}

var errLost = fault.New(fault.Unavailable, "database-unavailable", "the answer was lost")

// when is what happens to a call.
type when int

const (
	well     when = iota
	refused       // nothing is done
	unheard       // it is done, and the caller sees a time-out
	outcomes      // number of the above
)

// faulty lets calls fail as the plan says: one entry per call.
type faulty struct {
	contacthistory.Store
	group *group
	plan  []when
}

func (f *faulty) next() when {
	if len(f.plan) == 0 {
		return well
	}
	w := f.plan[0]
	f.plan = f.plan[1:]
	return w
}

func try[T any](f *faulty, do func() (T, error)) (T, error) {
	var none T
	w := f.next()
	if w == refused {
		return none, errLost
	}
	value, err := do()
	if w == unheard {
		return none, errLost
	}
	return value, err
}

func (f *faulty) Watermark(ctx context.Context, tenant tenants.TenantID, g tenants.ServerGroupID) (contacthistory.Watermark, error) {
	return try(f, func() (contacthistory.Watermark, error) { return f.Store.Watermark(ctx, tenant, g) })
}

func (f *faulty) Move(ctx context.Context, tenant tenants.TenantID, g tenants.ServerGroupID, from, to contacthistory.Watermark, entries []history.Entry) (contacthistory.Counts, error) {
	return try(f, func() (contacthistory.Counts, error) { return f.Store.Move(ctx, tenant, g, from, to, entries) })
}

func (f *faulty) Use(ctx context.Context, tenant tenants.TenantID, g tenants.ServerGroupID, do func(contacthistory.Source) error) error {
	return f.group.Use(ctx, tenant, g, func(s contacthistory.Source) error { return do(faultySource{s, f}) })
}

type faultySource struct {
	contacthistory.Source
	f *faulty
}

func (s faultySource) Mark(ctx context.Context) (history.Mark, error) {
	return try(s.f, func() (history.Mark, error) { return s.Source.Mark(ctx) })
}

func (s faultySource) SetMark(ctx context.Context, m history.Mark) error {
	_, err := try(s.f, func() (struct{}, error) { return struct{}{}, s.Source.SetMark(ctx, m) })
	return err
}

func (s faultySource) Read(ctx context.Context, after int64, limit int) (history.Page, error) {
	return try(s.f, func() (history.Page, error) { return s.Source.Read(ctx, after, limit) })
}

// TestNothingIsLostOrDoubled cuts transfers off after every step, in every way, and
// brings the group's database back in older states at any time: in the end the
// tenant has all that the group has, and all that it ever took over, once.
func TestNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	p, g := newPlatform(t), newGroup(t)
	rapid.Check(t, func(r *rapid.T) {
		ctx := t.Context()
		tenant, groups, err := p.tenant(ctx, 1)
		require.NoError(r, err)
		require.NoError(r, g.clear(ctx))
		require.NoError(r, g.keep(ctx))
		of := &faulty{Store: p, group: g}
		transfer := contacthistory.NewTransfer(of, of, rapid.IntRange(1, 5).Draw(r, "batch"))
		known := map[string]bool{} // rows that the tenant had when the group lost some
		var presented []history.Treatment
		restored := false
		r.Repeat(map[string]func(*rapid.T){
			"record": func(r *rapid.T) {
				b := history.Batch{}
				for i := range rapid.IntRange(0, 4).Draw(r, "contacts") {
					c := contact(fmt.Sprint("c", i), "loan", noon)
					b.Contacts, presented = append(b.Contacts, c), append(presented, c.Treatment)
				}
				for range rapid.IntRange(0, 3).Draw(r, "responses") {
					b.Responses = append(b.Responses, anyResponse(r, presented))
				}
				require.NoError(r, g.record(ctx, b))
			},
			"step": func(r *rapid.T) {
				of.plan = rapid.SliceOfN(rapid.Custom(func(r *rapid.T) when { return when(rapid.IntRange(0, int(outcomes)-1).Draw(r, "when")) }), 0, 6).Draw(r, "plan")
				_, err := transfer.Step(ctx, tenant, groups[0].ID)
				require.True(r, err == nil || errors.Is(err, errLost), "%v", err)
			},
			"keep": func(r *rapid.T) { require.NoError(r, g.keep(ctx)) },
			"restore": func(r *rapid.T) {
				for _, row := range keys(ctx, r, p, tenant) {
					known[row] = true
				}
				require.NoError(r, g.restore(ctx))
				restored = true
			},
		})
		of.plan = nil
		_, _, err = drain(ctx, transfer, tenant, groups[0].ID)
		require.NoError(r, err)
		want := known
		for _, row := range held(ctx, r, g) {
			want[row] = true
		}
		got := keys(ctx, r, p, tenant)
		require.Len(r, got, len(want))
		for _, row := range got {
			require.True(r, want[row], row)
		}
		checkSums(ctx, r, p, tenant)
		source, err := p.Sources(ctx, tenant)
		require.NoError(r, err)
		if len(source) > 0 && !restored {
			require.Zero(r, source[0].Epoch, "an older state was seen where there was none")
		}
	})
}

func anyResponse(r *rapid.T, presented []history.Treatment) history.Response {
	of := treatment()
	if len(presented) > 0 && rapid.IntRange(0, 4).Draw(r, "known") > 0 {
		of = rapid.SampledFrom(presented).Draw(r, "treatment")
	}
	typ := rapid.SampledFrom([]string{"purchased", "declined", "seen"}).Draw(r, "type")
	class := map[string]history.Class{"purchased": history.Accept, "declined": history.Reject, "seen": history.Seen}[typ]
	return response(of, typ, class, rapid.SampledFrom([]string{"s-c1", "later"}).Draw(r, "session"), noon)
}

// keys are the rows of a tenant, each by its kind and key; a response and an orphan
// have the same.
func keys(ctx context.Context, r *rapid.T, p *platform, tenant tenants.TenantID) (all []string) {
	rows, err := changes(ctx, p, tenant)
	require.NoError(r, err)
	for _, c := range rows {
		all = append(all, key(c.Contact, c.Response, c.Orphan))
	}
	return all
}

// held are the rows of a group.
func held(ctx context.Context, r *rapid.T, g *group) (all []string) {
	page, err := g.Read(ctx, 0, 10_000)
	require.NoError(r, err)
	for _, e := range page.Entries {
		all = append(all, key(e.Contact, e.Response, e.Orphan))
	}
	return slices.Compact(all)
}

func key(c *history.Contact, v *history.RecordedResponse, o *history.Response) string {
	switch {
	case c != nil:
		return "contact " + c.Treatment.String()
	case v != nil:
		return "response " + v.Treatment.String() + " " + v.Type
	default:
		return "response " + o.Treatment.String() + " " + o.Type
	}
}

// checkSums holds what is kept with contacts against their responses, and the counts
// of the sources against the rows.
func checkSums(ctx context.Context, r *rapid.T, p *platform, tenant tenants.TenantID) {
	rows, err := changes(ctx, p, tenant)
	require.NoError(r, err)
	accepted, counts := map[history.Treatment]bool{}, contacthistory.Counts{}
	contacts := map[history.Treatment]bool{}
	for _, c := range rows {
		switch {
		case c.Contact != nil:
			contacts[c.Contact.Treatment] = true
			counts.Contacts++
		case c.Response != nil:
			counts.Responses++
			if c.Response.Class == history.Accept {
				accepted[c.Response.Treatment] = true
			}
		default:
			counts.Orphans++
			require.False(r, contacts[c.Orphan.Treatment], "an orphan whose contact is known")
		}
	}
	report, err := contacthistory.NewReports(p).Offers(ctx, tenant, contacthistory.ReportQuery{
		Channel: "web", From: noon.Add(-time.Hour), To: noon.Add(time.Hour),
	})
	require.NoError(r, err)
	require.Equal(r, counts.Contacts, report.Presented)
	require.EqualValues(r, len(accepted), report.Accepted)
	require.Equal(r, counts.Responses, report.Responses)
	require.Equal(r, counts.Orphans, report.Orphans)
	sources, err := p.Sources(ctx, tenant)
	require.NoError(r, err)
	if len(sources) > 0 {
		require.Equal(r, counts.Contacts, sources[0].Moved.Contacts)
		require.Equal(r, counts.Responses, sources[0].Moved.Responses)
	}
}
