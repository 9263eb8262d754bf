package testruns

import (
	"context"
	"encoding/json"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

// silence is how long a test run may be quiet until its workflow is started again,
// which is harmless when it still runs.
const silence = time.Minute

// Requested returns, oldest first, the test runs whose workflow is to run: the
// first of each group that has not ended. Starting a workflow twice is harmless.
func (s *Service) Requested(ctx context.Context, limit int) ([]Request, error) {
	return s.store.Requested(ctx, now().Add(-silence), limit)
}

// Begin says on a test run that it runs, and returns its state: one that ended is
// left alone.
func (s *Service) Begin(ctx context.Context, tenant tenants.TenantID, id ID) (state State, err error) {
	err = s.store.Change(ctx, tenant, id, func(t *TestRun) (*audit.Event, error) {
		if !t.State.Ended() {
			t.State, t.UpdatedAt = Running, now()
		}
		state = t.State
		return nil, nil
	})
	return state, err
}

// FindServer returns a server of the group that a process runs as now; it is
// Unavailable, "no-live-server", where there is none. Different test runs get
// different ones where there are several.
func (s *Service) FindServer(ctx context.Context, tenant tenants.TenantID, id ID, attempt int) (versions.Server, error) {
	t, err := s.store.Get(ctx, tenant, id)
	if err != nil {
		return versions.Server{}, err
	}
	var found versions.Server
	err = s.groups.Use(ctx, tenant, t.Group.ID, func(b Bench) error {
		live, err := b.LiveServers(ctx)
		if err != nil {
			return err
		}
		if len(live) == 0 {
			return fault.New(fault.Unavailable, "no-live-server", "no server of group %s is alive", t.Group.Name)
		}
		found = live[attempt%len(live)]
		return nil
	})
	return found, err
}

// Collect takes the result over from the group's database and ends the test run
// well. Repeated it does nothing more. One that was cancelled stays so.
func (s *Service) Collect(ctx context.Context, tenant tenants.TenantID, id ID, server tenants.Name) (State, error) {
	t, err := s.store.Get(ctx, tenant, id)
	if err != nil {
		return "", err
	}
	if t.State.Ended() {
		return t.State, s.remove(ctx, t)
	}
	var result json.RawMessage
	err = s.groups.Use(ctx, tenant, t.Group.ID, func(b Bench) error {
		progress, err := b.Progress(ctx, string(id))
		if err != nil {
			return err
		}
		t.Done, t.Total = progress.Done, progress.Total
		result, err = b.Collect(ctx, string(id))
		return err
	})
	if err != nil {
		return "", err
	}
	if result == nil {
		return "", fault.New(fault.Conflict, "no-result", "the test run has no result yet")
	}
	var state State
	err = s.store.Change(ctx, tenant, id, func(present *TestRun) (*audit.Event, error) {
		if state = present.State; state.Ended() {
			return nil, nil
		}
		state = Succeeded
		present.Done, present.Total, present.Server, present.Result = t.Done, t.Total, server, result
		return end(present, Succeeded, "", audit.System), nil
	})
	if err != nil {
		return "", err
	}
	return state, s.remove(ctx, t)
}

// Fail ends a test run without a result, unless it has ended, and returns its
// state. What it left in the group's database is removed, or swept where that
// cannot be reached.
func (s *Service) Fail(ctx context.Context, tenant tenants.TenantID, id ID, reason string) (state State, err error) {
	var failed TestRun
	err = s.store.Change(ctx, tenant, id, func(t *TestRun) (*audit.Event, error) {
		defer func() { failed, state = *t, t.State }()
		if t.State.Ended() {
			return nil, nil
		}
		return end(t, Failed, reason, audit.System), nil
	})
	if err != nil {
		return "", err
	}
	_ = s.remove(ctx, failed)
	return state, nil
}
