package businessprocesses

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// Checker decides whether a document may be published as the process of that
// name. It returns a fault of kind Invalid with places.
type Checker interface {
	Check(name tenants.Name, document []byte) error
}

// Draft is what is edited.
type Draft struct {
	DisplayName string
	Document    string // YAML or JSON, at most 1 MiB
}

// Service keeps business processes.
type Service struct {
	store   Store
	checker Checker
}

// NewService returns a service over a store.
func NewService(store Store, checker Checker) *Service {
	return &Service{store: store, checker: checker}
}

// Store keeps processes and versions.
type Store interface{}

// PutDraft creates the process (version NoVersion or tenants.AnyVersion) or replaces its draft.
func (s *Service) PutDraft(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64, draft Draft) (p Process, created bool, err error) {
	panic("skeleton")
}
func (s *Service) Get(ctx context.Context, tenant tenants.TenantID, name tenants.Name) (Process, error) {
	panic("skeleton")
}
func (s *Service) List(ctx context.Context, tenant tenants.TenantID, page paging.Request) (paging.Page[Process], error) {
	panic("skeleton")
}

// Publish checks the draft and makes it a version. When the newest version has
// the same content, that one is returned and created is false.
func (s *Service) Publish(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64) (v Version, created bool, err error) {
	panic("skeleton")
}
func (s *Service) Version(ctx context.Context, tenant tenants.TenantID, name tenants.Name, number int) (Version, error) {
	panic("skeleton")
}

// Versions lists the versions, newest first, without documents.
func (s *Service) Versions(ctx context.Context, tenant tenants.TenantID, name tenants.Name, page paging.Request) (paging.Page[Version], error) {
	panic("skeleton")
}

// Retire takes the process out of service; publishing again brings it back.
func (s *Service) Retire(ctx context.Context, by audit.Actor, tenant tenants.TenantID, name tenants.Name, version int64) (Process, error) {
	panic("skeleton")
}
