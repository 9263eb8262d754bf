package design

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

// Groups knows the server groups of solutions; tenants.Service does.
type Groups interface {
	// ServerGroups answers with NotFound where there is no such solution.
	ServerGroups(ctx context.Context, tenant tenants.TenantID, solution tenants.Name, page paging.Request) (paging.Page[tenants.ServerGroup], error)
}

// Service keeps design objects. Its methods may be called by several goroutines
// at once.
type Service struct {
	store  Store
	groups Groups
}

// NewService returns a service over a store.
func NewService(store Store, groups Groups) *Service {
	return &Service{store: store, groups: groups}
}

func channelReference(channel tenants.Name) definition.Reference {
	return definition.Reference{Kind: definition.KindChannel, Name: channel}
}

func unknownKind(kind definition.Kind) error { return fmt.Errorf("design objects of kind %q are not known", kind) }

// decode reads a stored spec, which was checked when it was stored.
func decode(o Object, into any) error {
	if err := json.Unmarshal(o.Spec, into); err != nil {
		return fmt.Errorf("stored %s: %w", o.Reference, err)
	}
	return nil
}

// encode is the JSON form of a spec: the same for the same definition.
func encode(spec any) (json.RawMessage, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(spec); err != nil {
		return nil, fmt.Errorf("encode a definition: %w", err)
	}
	return bytes.TrimSpace(text.Bytes()), nil
}

// now is the time to be stored: with the resolution that PostgreSQL keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
