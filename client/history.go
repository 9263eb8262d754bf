package client

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// HistoryQuery narrows the changes of a history; the zero value does not.
type HistoryQuery struct {
	// After is Next of the page before.
	After string
	// Channel is empty for those of the whole tenant.
	Channel string
	Kind    string
	Class   string
	Limit   int
	// Wait is how long the server waits for changes where there are none, in whole
	// seconds up to 20.
	Wait time.Duration
}

// HistoryChanges reads a part of a tenant's contact and response history. Whoever
// goes on after Next, now or later, misses nothing and sees nothing twice.
func (c *Client) HistoryChanges(ctx context.Context, tenant string, q HistoryQuery) (HistoryChanges, error) {
	query := url.Values{}
	for name, value := range map[string]string{"after": q.After, "kind": q.Kind, "class": q.Class} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if q.Limit > 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Wait > 0 {
		query.Set("wait", strconv.Itoa(int(q.Wait.Seconds())))
	}
	path := tenantPath(tenant, "history", "changes")
	if q.Channel != "" {
		path = channelPath(tenant, q.Channel, "history", "changes")
	}
	return get[HistoryChanges](ctx, c, path+"?"+query.Encode())
}

// HistorySources reads what was taken over from the server groups of a tenant.
func (c *Client) HistorySources(ctx context.Context, tenant string) ([]HistorySource, error) {
	all, err := get[HistorySources](ctx, c, tenantPath(tenant, "history", "sources"))
	return all.Items, err
}

// ReportQuery narrows a report; the zero value is the last 30 days of all.
type ReportQuery struct {
	From, To       time.Time
	Group, Segment string
}

// OffersReport reads what came of the offers of a channel.
func (c *Client) OffersReport(ctx context.Context, tenant, channel string, q ReportQuery) (OffersReport, error) {
	return get[OffersReport](ctx, c, channelPath(tenant, channel, "reports", "offers")+"?"+q.values().Encode())
}

// PoliciesReport reads what other policies would have got at the first place of
// lists; without policies that of all: logging, baseline, best-per-segment and
// always:OFFER of the most presented offers.
func (c *Client) PoliciesReport(ctx context.Context, tenant, channel string, q ReportQuery, policies ...string) (PoliciesReport, error) {
	query := q.values()
	if len(policies) > 0 {
		query.Set("policy", strings.Join(policies, ","))
	}
	return get[PoliciesReport](ctx, c, channelPath(tenant, channel, "reports", "policies")+"?"+query.Encode())
}

func (q ReportQuery) values() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"group": q.Group, "segment": q.Segment} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, at := range map[string]time.Time{"from": q.From, "to": q.To} {
		if !at.IsZero() {
			query.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	return query
}
