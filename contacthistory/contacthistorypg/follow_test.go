package contacthistorypg_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/tenants"
)

// TestWhoFollowsTheHistorySeesEachRowOnce follows it while the servers of two
// groups write and two transfers of each take over what they write.
func TestWhoFollowsTheHistorySeesEachRowOnce(t *testing.T) {
	t.Parallel()
	const servers, batches = 2, 25
	p := newPlatform(t)
	tenant, groups, err := p.tenant(t.Context(), 2)
	require.NoError(t, err)
	var writing, transferring errgroup.Group
	var written, moved atomic.Bool
	for _, g := range groups {
		source := newGroup(t)
		for server := range servers {
			writing.Go(func() error { return present(t.Context(), source, fmt.Sprint(g.Name, server), batches) })
		}
		for range 2 {
			transferring.Go(func() error { return takeOver(t.Context(), p, source, tenant, g.ID, &written) })
		}
	}
	done := make(chan error, 1)
	go func() {
		err := writing.Wait()
		written.Store(true)
		if moving := transferring.Wait(); err == nil {
			err = moving
		}
		moved.Store(true)
		done <- err
	}()

	seen, accepted := map[string]int{}, map[string]int{}
	after, afterAccepted := int64(0), int64(0)
	for last := false; !last; {
		last = moved.Load()
		after = follow(t, p, tenant, contacthistory.ChangeQuery{After: after, Limit: 7}, seen)
		afterAccepted = follow(t, p, tenant, contacthistory.ChangeQuery{After: afterAccepted, Limit: 3, Class: history.Accept, Channel: "web"}, accepted)
	}
	require.NoError(t, <-done)
	sources, err := p.Sources(t.Context(), tenant)
	require.NoError(t, err)
	for _, s := range sources {
		require.Zero(t, s.Epoch, "nobody has restored anything")
	}
	require.Len(t, seen, 2*servers*batches*4)
	require.Len(t, accepted, 2*servers*batches)
	for _, of := range []map[string]int{seen, accepted} {
		for row, times := range of {
			require.Equal(t, 1, times, row)
		}
	}
}

// present writes batches of two contacts and a response to each.
func present(ctx context.Context, g *group, server string, batches int) error {
	for range batches {
		a, b := contact("", "card", noon), contact("", "loan", noon)
		a.Session, b.Session = server, server
		err := g.record(ctx, history.Batch{Contacts: []history.Contact{a, b}, Responses: []history.Response{
			response(a.Treatment, "accept", history.Accept, server, noon), response(b.Treatment, "reject", history.Reject, server, noon),
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// takeOver steps until nothing is left of what was written.
func takeOver(ctx context.Context, p *platform, g *group, tenant tenants.TenantID, id tenants.ServerGroupID, written *atomic.Bool) error {
	transfer := contacthistory.NewTransfer(p, g, 10)
	for {
		all := written.Load()
		step, err := transfer.Step(ctx, tenant, id)
		switch {
		case fault.Is(err, fault.Conflict), fault.Is(err, fault.Unavailable):
			continue // the other one was there first, or a writer took its time
		case err != nil:
			return err
		case all && step.Read == 0:
			return nil
		}
	}
}

// follow reads on and counts the rows.
func follow(t *testing.T, p *platform, tenant tenants.TenantID, q contacthistory.ChangeQuery, seen map[string]int) (next int64) {
	t.Helper()
	for {
		page, err := p.Changes(t.Context(), tenant, q)
		require.NoError(t, err)
		last := q.After
		for _, c := range page.Changes {
			require.Greater(t, c.Position, last)
			last = c.Position
			seen[key(c.Contact, c.Response, c.Orphan)]++
		}
		require.GreaterOrEqual(t, page.Next, last)
		if q.After = page.Next; !page.More {
			return q.After
		}
	}
}
