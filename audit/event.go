package audit

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/internal/paging"
)

// Actor is the account that makes a change. Its tenant differs from the changed
// resource's when a platform admin acts.
type Actor struct {
	Tenant    string // id
	Account   string // id
	Name      string // account name
	RequestID string // of the REST call, where there is one
}

// System is the actor of what the platform does by itself: bootstrap,
// provisioning.
var System = Actor{Name: "system"}

// Event is one change of a resource.
type Event struct {
	ID     string // UUIDv7, so that ids sort by time
	Tenant string // id of the tenant whose resource was changed
	At     time.Time
	Actor  Actor
	// Action is <resource>.<verb>: "solution.create".
	Action string
	// Resource is the path below the tenant: "solutions/cards".
	Resource string
	// Detail holds what is worth keeping; never a secret.
	Detail map[string]any
}

// NewEvent returns an event of now.
func NewEvent(by Actor, tenant, action, resource string, detail map[string]any) Event {
	return Event{
		ID: uuid.Must(uuid.NewV7()).String(), Tenant: tenant, At: time.Now().UTC(),
		Actor: by, Action: action, Resource: resource, Detail: detail,
	}
}

// Filter narrows a list of events. Zero fields do not narrow.
type Filter struct {
	Actor    string // account name
	Action   string
	Resource string // the resource itself and all below it
}

// Log reads events, newest first; a page's key is an event id.
type Log interface {
	List(ctx context.Context, tenant string, filter Filter, page paging.Request) (paging.Page[Event], error)
}
