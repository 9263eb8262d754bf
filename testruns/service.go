package testruns

import (
	"context"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/interactionserver/rehearsal"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/tenants"
)

// Bounds of test runs.
const (
	// MaxOpen bounds the test runs of one group that have not ended; one runs.
	MaxOpen = 10
	// MaxKept bounds the ended test runs that are kept of a channel.
	MaxKept = 20
)

// lookWithin bounds the look into a group's database for progress that whoever
// reads a test run waits for.
const lookWithin = 2 * time.Second

// Service applies the rules of this package. Its methods may be called by several
// goroutines at once.
type Service struct {
	store     Store
	designs   Designs
	directory Directory
	groups    Groups
}

// NewService returns a service over a store.
func NewService(store Store, designs Designs, directory Directory, groups Groups) *Service {
	return &Service{store: store, designs: designs, directory: directory, groups: groups}
}

// Get returns a test run with its result, or with its progress while it runs.
func (s *Service) Get(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, id ID) (TestRun, error) {
	t, err := s.store.Get(ctx, tenant, id)
	if err != nil {
		return TestRun{}, err
	}
	if t.Channel != channel {
		return TestRun{}, NotFound()
	}
	if t.State != Running {
		return t, nil
	}
	// Without the group's database it is shown without progress.
	if p, err := s.progress(ctx, t); err == nil {
		t.Done, t.Total = p.Done, p.Total
	}
	return t, nil
}

func (s *Service) progress(ctx context.Context, t TestRun) (p rehearsal.Progress, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	err = s.groups.Use(ctx, t.Tenant, t.Group.ID, func(b Bench) error {
		p, err = b.Progress(ctx, string(t.ID))
		return err
	})
	return p, err
}

// List lists the test runs of a channel, newest first, without results. A page's
// key is an id.
func (s *Service) List(ctx context.Context, tenant tenants.TenantID, channel tenants.Name, page paging.Request) (paging.Page[TestRun], error) {
	if _, err := s.designs.SolutionOf(ctx, tenant, channel); err != nil {
		return paging.Page[TestRun]{}, err
	}
	return s.store.List(ctx, tenant, channel, page)
}

// Cancel ends a test run. One that is cancelled already stays so; one that ended
// otherwise is a Conflict "not-cancellable".
func (s *Service) Cancel(ctx context.Context, by audit.Actor, tenant tenants.TenantID, channel tenants.Name, id ID) (TestRun, error) {
	if _, err := s.Get(ctx, tenant, channel, id); err != nil {
		return TestRun{}, err
	}
	err := s.store.Change(ctx, tenant, id, func(t *TestRun) (*audit.Event, error) {
		if t.State == Cancelled {
			return nil, nil
		}
		if t.State.Ended() {
			return nil, fault.New(fault.Conflict, "not-cancellable", "the test run has %s already", t.State)
		}
		return end(t, Cancelled, "", by), nil
	})
	if err != nil {
		return TestRun{}, err
	}
	t, err := s.store.Get(ctx, tenant, id)
	if err != nil {
		return TestRun{}, err
	}
	// A run that finds its job gone gives up; where this fails, its result is
	// dropped instead.
	_ = s.remove(ctx, t)
	return t, nil
}

func (s *Service) remove(ctx context.Context, t TestRun) error {
	return s.groups.Use(ctx, t.Tenant, t.Group.ID, func(b Bench) error { return b.Remove(ctx, string(t.ID)) })
}

// end brings a test run to its end.
func end(t *TestRun, state State, reason string, by audit.Actor) *audit.Event {
	t.State, t.Reason, t.UpdatedAt = state, storable(reason), now()
	t.EndedAt = t.UpdatedAt
	event := eventOf(by, "test-run."+verbs[state], *t)
	return &event
}

// verbs are what audit events call the ends.
var verbs = map[State]string{Succeeded: "succeed", Failed: "fail", Cancelled: "cancel"}

func eventOf(by audit.Actor, action string, t TestRun) audit.Event {
	detail := map[string]any{"group": t.Group.Solution + "/" + t.Group.Name, "name": t.Name, "state": t.State}
	for name, value := range map[string]string{"flowchart": t.Flowchart, "strategy": t.Strategy, "reason": t.Reason} {
		if value != "" {
			detail[name] = value
		}
	}
	return audit.NewEvent(by, string(t.Tenant), action, fmt.Sprintf("channels/%s/test-runs/%s", t.Channel, t.ID), detail)
}

// now is the time to be stored: with the resolution that PostgreSQL keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
