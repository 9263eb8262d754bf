package provisioning

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// namespaceEvery is how often it is made sure that Temporal still has the
// platform's namespace.
const namespaceEvery = 15 * time.Second

// awaitPause is between looks for a Temporal that is away.
const awaitPause = time.Second

// awaitNamespace makes the platform's namespace; it returns false when ctx ended
// before Temporal was there.
func (s *Service) awaitNamespace(ctx context.Context) bool {
	temporal := outage.New(s.logger, "provisioning waits for Temporal", "provisioning has reached Temporal")
	for {
		err := s.ensureNamespace(ctx)
		temporal.Note(ctx, err)
		if err == nil {
			return true
		}
		if !temporalclient.Pause(ctx, awaitPause) {
			return false
		}
	}
}

// keepNamespace makes the platform's namespace again whenever Temporal has lost
// it, until ctx ends.
func (s *Service) keepNamespace(ctx context.Context) {
	for temporalclient.Pause(ctx, namespaceEvery) {
		s.awaitNamespace(ctx)
	}
}

// ensureNamespace makes the platform's namespace unless it is there. A Temporal
// without it is new or has lost its database, and so those of the tenants: every
// solution is provisioned again. That is asked for first, so that a crash in
// between does not lose it.
func (s *Service) ensureNamespace(ctx context.Context) error {
	there, err := temporalclient.HasNamespace(ctx, s.temporal, s.namespace)
	if err != nil {
		return err
	}
	if !there {
		s.logger.InfoContext(ctx, "Temporal is new here: provisioning every solution", "namespace", s.namespace)
		if err := s.catalog.RequestAllProvisionings(ctx); err != nil {
			return err
		}
	}
	return temporalclient.EnsureNamespace(ctx, s.temporal, s.namespace, workflows.PlatformAttributes)
}
