package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/tenants"
)

const (
	historyTag             = "Contact and response history"
	historyListing listing = "history"

	// maxWaiting bounds the callers that wait for changes at a time, and
	// maxWaitingOfTenant those of one tenant; more are answered at once.
	maxWaiting         = 400
	maxWaitingOfTenant = 40
	// lookEvery is how often a history is looked at for one that waits.
	lookEvery = 500 * time.Millisecond
)

const changesText = "In the order in which rows came into the tenant's history. Keep `next` and go on after it, now or later: nothing is missed, and nothing comes twice. " +
	"With `wait` the answer waits for rows where there are none. A cursor that the history does not reach is a conflict: the control database was restored to an older state; begin anew."

func (h *handlers) registerHistory(a *rest.API) {
	const (
		tenant  = "/v1/tenants/{tenant}/history"
		channel = "/v1/tenants/{tenant}/channels/{channel}/history"
	)
	rest.Handle(a, rest.Operation{
		ID: "list-history-changes", Method: http.MethodGet, Path: tenant + "/changes", Tag: historyTag, Summary: "Follow the history of a tenant",
		Description: changesText, Action: string(accessgroups.ViewHistory), Problems: []int{http.StatusConflict},
	}, func(ctx context.Context, in *tenantChangesInput) (*changesOutput, error) {
		return h.historyChanges(ctx, in.Tenant, "", in.ChangesPage)
	})
	rest.Handle(a, rest.Operation{
		ID: "list-channel-history-changes", Method: http.MethodGet, Path: channel + "/changes", Tag: historyTag, Summary: "Follow the history of a channel",
		Description: changesText, Action: string(accessgroups.ViewHistory), Problems: []int{http.StatusConflict},
	}, func(ctx context.Context, in *channelChangesInput) (*changesOutput, error) {
		return h.historyChanges(ctx, in.Tenant, in.Channel, in.ChangesPage)
	})
	rest.Handle(a, rest.Operation{
		ID: "list-history-sources", Method: http.MethodGet, Path: tenant + "/sources", Tag: historyTag, Summary: "Read what was taken over from each server group",
		Action: string(accessgroups.ViewHistory),
	}, h.historySources)
	const csvText = "RFC 4180, with a head. Go on with `after` and the header Next-Cursor while there is one. Texts that a spreadsheet would take for a formula begin with an apostrophe."
	rest.HandleFile(a, rest.Operation{
		ID: "export-contacts", Method: http.MethodGet, Path: channel + "/contacts.csv", Tag: historyTag, Summary: "Export the contacts of a channel as CSV",
		Description: csvText, Action: string(accessgroups.ViewHistory), Problems: []int{http.StatusConflict},
	}, csvType, h.exportContacts)
	rest.HandleFile(a, rest.Operation{
		ID: "export-responses", Method: http.MethodGet, Path: channel + "/responses.csv", Tag: historyTag, Summary: "Export the responses of a channel as CSV, orphans among them",
		Description: csvText, Action: string(accessgroups.ViewHistory), Problems: []int{http.StatusConflict},
	}, csvType, h.exportResponses)
}

// ChangesPage says which changes are wanted.
type ChangesPage struct {
	After string `query:"after" maxLength:"1024" doc:"Where to go on: next of the page before. Absent: from the beginning."`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"How many rows at most."`
	Wait  int    `query:"wait" minimum:"0" maximum:"20" default:"0" doc:"How many seconds to wait for rows where there are none."`
	Kind  string `query:"kind" enum:"contact,response,orphan" doc:"Rows of this kind alone."`
	Class string `query:"class" enum:"accept,reject,neither,seen" doc:"Responses and orphans of this class alone."`
}

type tenantChangesInput struct {
	InTenant
	ChangesPage
}

type channelChangesInput struct {
	InChannel
	ChangesPage
}

type changesOutput struct{ Body client.HistoryChanges }

func (h *handlers) historyChanges(ctx context.Context, tenantName, channel tenants.Name, in ChangesPage) (*changesOutput, error) {
	tenant, err := h.tenantWithChannel(ctx, tenantName, channel)
	if err != nil {
		return nil, err
	}
	q := contacthistory.ChangeQuery{Channel: channel, Limit: in.Limit, Class: history.Class(in.Class)}
	if in.Kind != "" {
		q.Kinds = []contacthistory.Kind{contacthistory.Kind(in.Kind)}
	}
	if q.After, err = positionOf(in.After); err != nil {
		return nil, err
	}
	page, err := h.awaitChanges(ctx, tenant, q, time.Duration(in.Wait)*time.Second)
	if err != nil {
		return nil, err
	}
	shape, err := h.changeShapes(ctx, tenant, page)
	return &changesOutput{Body: client.HistoryChanges{Items: shape, Next: rest.EncodeCursor(string(historyListing), page.Next), More: page.More}}, err
}

// tenantWithChannel finds a tenant, and that it has that channel unless it is empty.
func (h *handlers) tenantWithChannel(ctx context.Context, name, channel tenants.Name) (tenants.TenantID, error) {
	tenant, err := h.tenantIDs.find(ctx, name)
	if err != nil || channel == "" {
		return tenant, err
	}
	_, err = h.Design.SolutionOf(ctx, tenant, channel)
	return tenant, err
}

func positionOf(cursor string) (int64, error) {
	position, _, err := rest.DecodeCursor[int64](string(historyListing), cursor)
	return max(0, position), err
}

// awaitChanges looks until there is something, the time is over or too many wait.
func (h *handlers) awaitChanges(ctx context.Context, tenant tenants.TenantID, q contacthistory.ChangeQuery, wait time.Duration) (contacthistory.ChangePage, error) {
	end := time.Now().Add(wait)
	page, err := h.History.Changes(ctx, tenant, q)
	if err != nil || len(page.Changes) > 0 || wait == 0 {
		return page, err
	}
	if !h.waiting.enter(tenant) {
		return page, nil
	}
	defer h.waiting.leave(tenant)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for len(page.Changes) == 0 && time.Now().Before(end) {
		select {
		case <-ctx.Done():
			return page, nil
		case <-rest.Ending(ctx):
			return page, nil
		case <-ticker.C:
		}
		// What was looked through is not looked through again.
		q.After = page.Next
		if page, err = h.History.Changes(ctx, tenant, q); err != nil {
			return page, err
		}
	}
	return page, nil
}

// waiters counts who waits, so that no tenant takes the places of the others.
type waiters struct {
	mu  sync.Mutex
	all int
	of  map[tenants.TenantID]int
}

func (w *waiters) enter(tenant tenants.TenantID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all >= maxWaiting || w.of[tenant] >= maxWaitingOfTenant {
		return false
	}
	if w.of == nil {
		w.of = map[tenants.TenantID]int{}
	}
	w.all++
	w.of[tenant]++
	return true
}

func (w *waiters) leave(tenant tenants.TenantID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all--
	if w.of[tenant]--; w.of[tenant] == 0 {
		delete(w.of, tenant)
	}
}

func (h *handlers) changeShapes(ctx context.Context, tenant tenants.TenantID, page contacthistory.ChangePage) ([]client.HistoryChange, error) {
	names, err := h.groupNames(ctx, tenant, len(page.Changes) > 0)
	if err != nil {
		return nil, err
	}
	shapes := make([]client.HistoryChange, len(page.Changes))
	for i, c := range page.Changes {
		shapes[i] = changeShape(c, names[c.Group])
	}
	return shapes, nil
}

// groupNames are those of the groups that a tenant's history came from.
func (h *handlers) groupNames(ctx context.Context, tenant tenants.TenantID, wanted bool) (map[tenants.ServerGroupID]contacthistory.SourceState, error) {
	if !wanted {
		return nil, nil //nolint:nilnil // none is what was wanted
	}
	sources, err := h.History.Sources(ctx, tenant)
	names := make(map[tenants.ServerGroupID]contacthistory.SourceState, len(sources))
	for _, s := range sources {
		names[s.Group] = s
	}
	return names, err
}

func changeShape(c contacthistory.Change, group contacthistory.SourceState) client.HistoryChange {
	shape := client.HistoryChange{Group: group.Name, Solution: group.Solution, Channel: c.Channel}
	switch {
	case c.Contact != nil:
		v := c.Contact
		shape.Kind, shape.Treatment, shape.Session, shape.At, shape.Columns = "contact", v.Treatment.String(), v.Session, v.At, v.Columns
		shape.Level, shape.Customer, shape.Offer, shape.Point, shape.Zone = v.Level, v.Customer, v.Offer, v.Point, v.Zone
		shape.Strategy, shape.Rule, shape.Segment, shape.Score, shape.Source = v.Strategy, v.Rule, v.Segment, &v.Score, string(v.Source)
		shape.Learning, shape.Propensity, shape.Deployment, shape.Hash = v.Learning, &v.Propensity, v.Deployment, v.Hash
	case c.Response != nil:
		v := c.Response
		fillResponse(&shape, "response", &v.Response)
		shape.Level, shape.Customer, shape.Offer, shape.CrossSession = v.Level, v.Customer, v.Offer, v.CrossSession
	default:
		fillResponse(&shape, "orphan", c.Orphan)
	}
	return shape
}

func fillResponse(shape *client.HistoryChange, kind string, v *history.Response) {
	shape.Kind, shape.Treatment, shape.Session, shape.At, shape.Columns = kind, v.Treatment.String(), v.Session, v.At, v.Columns
	shape.Type, shape.Class, shape.PostedIn = v.Type, string(v.Class), v.Channel
}

type historySourcesOutput struct{ Body client.HistorySources }

func (h *handlers) historySources(ctx context.Context, in *InTenant) (*historySourcesOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	sources, err := h.History.Sources(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return &historySourcesOutput{Body: client.HistorySources{Items: shapes(sources, func(s contacthistory.SourceState) client.HistorySource {
		return client.HistorySource{
			Solution: s.Solution, Group: s.Name, Epoch: s.Epoch, ReadTo: s.ReadTo, Contacts: s.Moved.Contacts, Responses: s.Moved.Responses,
			Orphans: s.Moved.Orphans, BeganAt: s.BeganAt, MovedAt: s.MovedAt,
		}
	})}}, nil
}
