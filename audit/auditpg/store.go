package auditpg

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/paging"
)

// Append keeps events in the transaction of their changes.
func Append(ctx context.Context, tx *sqlx.Tx, events ...audit.Event) error {
	rows := make([][]any, 0, len(events))
	for _, event := range events {
		detail, err := json.Marshal(event.Detail)
		if err != nil {
			return fmt.Errorf("audit event %s: %w", event.Action, err)
		}
		if event.Detail == nil {
			detail = []byte("{}")
		}
		rows = append(rows, []any{
			event.Tenant, event.ID, event.At, event.Actor.Tenant, event.Actor.Account,
			event.Actor.Name, event.Actor.RequestID, event.Action, event.Resource, string(detail),
		})
	}
	err := controldb.Insert(ctx, tx, `audit_events
		(tenant_id, event_id, at, actor_tenant, actor_account, actor_name, request_id, action, resource, detail)`, rows...)
	if err != nil {
		return fmt.Errorf("keep audit events: %w", err)
	}
	return nil
}

// Store implements audit.Log.
type Store struct{ db *controldb.DB }

// New returns a store in the control database.
func New(db *controldb.DB) *Store { return &Store{db: db} }

type row struct {
	ID           string    `db:"event_id"`
	At           time.Time `db:"at"`
	ActorTenant  string    `db:"actor_tenant"`
	ActorAccount string    `db:"actor_account"`
	ActorName    string    `db:"actor_name"`
	RequestID    string    `db:"request_id"`
	Action       string    `db:"action"`
	Resource     string    `db:"resource"`
	Detail       []byte    `db:"detail"`
}

// lastID is greater than every event id.
const lastID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// List implements audit.Log.
func (s *Store) List(ctx context.Context, tenant string, filter audit.Filter, page paging.Request) (paging.Page[audit.Event], error) {
	after := page.After
	if after == "" {
		after = lastID
	}
	const query = `SELECT event_id, at, actor_tenant, actor_account, actor_name, request_id, action, resource, detail
		FROM audit_events
		WHERE tenant_id = $1 AND event_id < $2
			AND ($3 = '' OR actor_name = $3) AND ($4 = '' OR action = $4)
			AND ($5 = '' OR resource = $5 OR starts_with(resource, $5 || '/'))
		ORDER BY event_id DESC LIMIT $6`
	var rows []row
	err := s.db.View(ctx, tenant, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		rows, err = controldb.Many[row](ctx, tx, query, tenant, after, filter.Actor, filter.Action, filter.Resource, page.Size()+1)
		return err
	})
	if err != nil {
		return paging.Page[audit.Event]{}, fmt.Errorf("list audit events: %w", err)
	}
	events := make([]audit.Event, 0, len(rows))
	for _, r := range rows {
		event, err := r.event(tenant)
		if err != nil {
			return paging.Page[audit.Event]{}, err
		}
		events = append(events, event)
	}
	return paging.Cut(page, events, func(e audit.Event) string { return e.ID }), nil
}

func (r row) event(tenant string) (audit.Event, error) {
	event := audit.Event{
		ID: r.ID, Tenant: tenant, At: r.At.UTC(), Action: r.Action, Resource: r.Resource,
		Actor: audit.Actor{Tenant: r.ActorTenant, Account: r.ActorAccount, Name: r.ActorName, RequestID: r.RequestID},
	}
	if err := json.Unmarshal(r.Detail, &event.Detail); err != nil {
		return audit.Event{}, fmt.Errorf("audit event %s: %w", r.ID, err)
	}
	return event, nil
}
