package deployments

import (
	"context"
	"errors"

	"github.com/switchyard/switchyard/tenants"
)

// Service applies the rules of this package. Its methods may be called by several
// goroutines at once.
type Service struct{}

var errSkeleton = errors.New("not there yet")

// Requested returns, oldest first, the deployments whose workflow is to run: per
// channel and group the first that has not ended, when it waits to be begun or
// nothing was heard of it for a minute. Starting a workflow twice is harmless.
func (s *Service) Requested(ctx context.Context, limit int) ([]Request, error) {
	return nil, errSkeleton
}

// Begin loads what the deployment is about and says on it that it is validated. It
// answers with Conflict "waits" while one before it has not ended.
func (s *Service) Begin(ctx context.Context, tenant tenants.TenantID, id ID) (Plan, error) {
	return Plan{}, errSkeleton
}

// Validate checks that the deployment can be made now.
func (s *Service) Validate(ctx context.Context, tenant tenants.TenantID, id ID) error {
	return errSkeleton
}

// Build assembles, compiles and stores the package, and fixes it for the
// deployment. Repeated it returns the same.
func (s *Service) Build(ctx context.Context, tenant tenants.TenantID, id ID) (Built, error) {
	return Built{}, errSkeleton
}

// Package returns the bytes of a package.
func (s *Service) Package(ctx context.Context, tenant tenants.TenantID, hash string) ([]byte, error) {
	return nil, errSkeleton
}

// Record keeps a report. A state that the deployment is in, or has left behind,
// changes nothing; one that cannot follow is a fault Conflict "wrong-state". The
// state Activating says that the group's active version has moved.
func (s *Service) Record(ctx context.Context, tenant tenants.TenantID, id ID, progress Progress) error {
	return errSkeleton
}

// PassPointOfNoReturn sets the state Moving unless the deployment has ended:
// proceed is false when it was cancelled.
func (s *Service) PassPointOfNoReturn(ctx context.Context, tenant tenants.TenantID, id ID) (proceed bool, err error) {
	return false, errSkeleton
}

// ReleaseMarks releases the marks of what went out, where the deployment is one of
// kind Deploy to production; otherwise it does nothing.
func (s *Service) ReleaseMarks(ctx context.Context, tenant tenants.TenantID, id ID) error {
	return errSkeleton
}

// Finish ends the deployment. Repeated it changes nothing.
func (s *Service) Finish(ctx context.Context, tenant tenants.TenantID, id ID, outcome Outcome) error {
	return errSkeleton
}
