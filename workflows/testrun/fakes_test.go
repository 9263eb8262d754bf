package testrun

import (
	"context"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/workflows/serverwork"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testGroup tenants.ServerGroupID = "0190c5a0-0000-7000-8000-00000000000a"
	testID    testruns.ID           = "0190c5a0-0000-7000-8000-00000000000b"
)

var testInput = Input{
	Tenant: "0190c5a0-0000-7000-8000-00000000000c", TenantName: "harborbank", TestRun: testID, Solution: "cards", Group: testGroup,
	GroupName: "staging", Channel: "web", Flowchart: "life-stage",
}

// world is the control database and two servers. It implements Catalog.
type world struct {
	mu        sync.Mutex
	state     testruns.State
	reason    string
	live      []versions.Server
	result    bool // a server has stored it
	collected int
	ran       []string // names of the servers that were asked
	looked    []string // names of the servers that were found
	offered   bool
	// run is what servers do, nil for success.
	run func(ctx context.Context, on string) error
}

func newWorld() *world {
	return &world{state: testruns.Requested, live: []versions.Server{{ID: "s-1", Name: "cards-1"}, {ID: "s-2", Name: "cards-2"}}}
}

func (w *world) Requested(context.Context, int) ([]testruns.Request, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.offered || w.state != testruns.Requested {
		return nil, nil
	}
	return []testruns.Request{{
		Tenant: testInput.Tenant, TenantName: testInput.TenantName, ID: testID, Channel: testInput.Channel, Flowchart: testInput.Flowchart,
		Group: deployments.Group{ID: testGroup, Solution: "cards", Name: "staging", Kind: tenants.Staging},
	}}, nil
}

func (w *world) Begin(context.Context, tenants.TenantID, testruns.ID) (testruns.State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.state.Ended() {
		w.state = testruns.Running
	}
	return w.state, nil
}

func (w *world) FindServer(_ context.Context, _ tenants.TenantID, _ testruns.ID, attempt int) (versions.Server, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.live) == 0 {
		return versions.Server{}, fault.New(fault.Unavailable, "no-live-server", "no server of group staging is alive")
	}
	found := w.live[attempt%len(w.live)]
	w.looked = append(w.looked, found.Name)
	return found, nil
}

func (w *world) Collect(context.Context, tenants.TenantID, testruns.ID, tenants.Name) (testruns.State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.state.Ended() && w.result {
		w.collected++
		w.state = testruns.Succeeded
	}
	return w.state, nil
}

func (w *world) Fail(_ context.Context, _ tenants.TenantID, _ testruns.ID, reason string) (testruns.State, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.state.Ended() {
		w.state, w.reason = testruns.Failed, reason
	}
	return w.state, nil
}

func (w *world) present() testruns.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// on is one of the servers.
type on struct {
	*world
	name string
}

func (o on) RunTest(ctx context.Context, _ string) (serverwork.Progress, error) {
	o.mu.Lock()
	o.ran = append(o.ran, o.name)
	run := o.run
	o.mu.Unlock()
	if run != nil {
		if err := run(ctx, o.name); err != nil {
			return serverwork.Progress{}, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.result = true
	return serverwork.Progress{Done: 3, Total: 3}, nil
}

type quietLogger struct{}

func (quietLogger) Debug(string, ...any) {}
func (quietLogger) Info(string, ...any)  {}
func (quietLogger) Warn(string, ...any)  {}
func (quietLogger) Error(string, ...any) {}
