package deployment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/serverwork"
)

const (
	testTenant     = tenants.TenantID("0198c0de-0000-7000-8000-000000000001")
	testGroup      = tenants.ServerGroupID("0198c0de-0000-7000-8000-000000000002")
	testDeployment = deployments.ID("0198c0de-0000-7000-8000-000000000003")
)

var (
	content  = []byte(`{"format":1}`)
	testHash = hashOf(content)

	testInput = Input{
		Tenant: testTenant, TenantName: "harborbank", Deployment: testDeployment, Solution: "cards",
		Group: testGroup, GroupName: "production", Channel: "web", Number: 4, Name: "spring",
	}
)

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// world is a control database, a group's database and three servers, in memory.
// Number 3 is active; the deployment is number 4.
type world struct {
	mu sync.Mutex

	kind     deployments.Kind
	hash     string
	state    deployments.State
	states   []deployments.State // all that it went through
	reason   string
	progress map[tenants.Name]deployments.ServerProgress
	released int
	offered  bool // the dispatcher finds the deployment

	active   versions.Version
	stored   map[string][]byte
	servers  []*fakeServer
	moves    int // that changed something
	attempts map[string]int

	// fails answers instead of a step, late after it was done; late is used once.
	fails map[string]error
	late  map[string]bool
	// clock is what the control plane takes for the time.
	clock func() time.Time
	// during runs before a step, once.
	during map[string]func()
}

type fakeServer struct {
	versions.Server
	live     bool
	prepared string // hash
	serves   versions.Version
	refuses  error // to prepare
	stuck    error // to switch
}

func newWorld() *world {
	before := versions.Version{Channel: "web", Number: 3, Hash: hashOf([]byte("before")), Name: "winter"}
	w := &world{
		kind: deployments.Deploy, hash: testHash, state: deployments.Waiting,
		progress: make(map[tenants.Name]deployments.ServerProgress),
		active:   before,
		stored:   make(map[string][]byte),
		attempts: make(map[string]int),
		fails:    make(map[string]error),
		late:     make(map[string]bool),
		during:   make(map[string]func()),
		clock:    time.Now,
	}
	for _, name := range []string{"cards-1", "cards-2", "cards-3"} {
		w.servers = append(w.servers, &fakeServer{
			Server: versions.Server{ID: tenants.ServerID("id-of-" + name), Name: name}, live: true, serves: before,
		})
	}
	return w
}

func (w *world) activities() *activities {
	return &activities{catalog: w, groups: w, now: w.clock, logger: slog.New(slog.DiscardHandler)}
}

// step does one step of the deployment with the faults that the test wants.
func (w *world) step(name string, do func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attempts[name]++
	if before, ok := w.during[name]; ok {
		delete(w.during, name)
		before()
	}
	if err := w.fails[name]; err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if w.late[name] {
		delete(w.late, name)
		return fault.New(fault.Unavailable, "database-unavailable", "the database did not answer in time")
	}
	return nil
}

// become changes the state as deployments.Service does.
func (w *world) become(next deployments.State) error {
	switch {
	case w.state == next || slices.Contains(w.states, next) && !w.state.Ended():
		return nil
	case !w.state.CanBecome(next):
		return fault.New(fault.Conflict, wrongState, "a deployment that is %s cannot become %s", w.state, next)
	}
	w.state, w.states = next, append(w.states, next)
	return nil
}

// cancel is what a caller of the control plane does.
func (w *world) cancel() error { return w.become(deployments.Cancelled) }

func (w *world) Requested(context.Context, int) ([]deployments.Request, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.offered || w.state.Ended() {
		return nil, nil
	}
	return []deployments.Request{{
		Tenant: testTenant, TenantName: "harborbank", Channel: "web", ID: testDeployment, Number: 4, Name: "spring", Kind: w.kind,
		Group: deployments.Group{ID: testGroup, Solution: "cards", Name: "production", Kind: tenants.Production},
	}}, nil
}

func (w *world) Begin(context.Context, tenants.TenantID, deployments.ID) (plan deployments.Plan, err error) {
	err = w.step("begin", func() error {
		if w.state == deployments.Waiting {
			if err := w.become(deployments.Validating); err != nil {
				return err
			}
		}
		plan = deployments.Plan{Kind: w.kind, State: w.state}
		for _, s := range w.servers {
			plan.Servers = append(plan.Servers, deployments.PlannedServer{ID: s.ID, Name: s.Name})
		}
		return nil
	})
	return plan, err
}

func (w *world) Validate(context.Context, tenants.TenantID, deployments.ID) error {
	return w.step("validate", func() error { return nil })
}

func (w *world) Build(context.Context, tenants.TenantID, deployments.ID) (built deployments.Built, err error) {
	err = w.step("build", func() error {
		built = deployments.Built{Hash: w.hash, From: 3, Bytes: len(content)}
		return nil
	})
	return built, err
}

func (w *world) Package(context.Context, tenants.TenantID, string) ([]byte, error) {
	return content, nil
}

func (w *world) Record(_ context.Context, _ tenants.TenantID, _ deployments.ID, p deployments.Progress) error {
	return w.step("record", func() error {
		if p.State != "" {
			if err := w.become(p.State); err != nil {
				return err
			}
		}
		w.reason = p.Reason
		w.keep(p.Servers)
		return nil
	})
}

func (w *world) keep(servers []deployments.ServerProgress) {
	for _, s := range servers {
		w.progress[s.Name] = s
	}
}

func (w *world) PassPointOfNoReturn(context.Context, tenants.TenantID, deployments.ID) (proceed bool, err error) {
	err = w.step("pass", func() error {
		if proceed = !w.state.Ended(); !proceed {
			return nil
		}
		return w.become(deployments.Moving)
	})
	return proceed, err
}

func (w *world) ReleaseMarks(context.Context, tenants.TenantID, deployments.ID) error {
	return w.step("release", func() error {
		w.released++
		return nil
	})
}

func (w *world) Finish(_ context.Context, _ tenants.TenantID, _ deployments.ID, o deployments.Outcome) error {
	return w.step("finish", func() error {
		if w.state.Ended() {
			return nil
		}
		if err := w.become(o.State); err != nil {
			return err
		}
		w.reason = o.Reason
		w.keep(o.Servers)
		return nil
	})
}

// Use lends the group's database.
func (w *world) Use(_ context.Context, _ tenants.TenantID, _ tenants.ServerGroupID, do func(versions.Group) error) error {
	return do(groupOf{w})
}

// groupOf is the group's database.
type groupOf struct{ *world }

func (w groupOf) Publish(_ context.Context, hash string, content []byte) error {
	return w.step("publish", func() error {
		w.stored[hash] = content
		return nil
	})
}

func (w groupOf) Move(_ context.Context, expected int64, next versions.Version) (moved versions.Version, err error) {
	err = w.step("move", func() error {
		switch {
		case w.active.Number == next.Number && w.active.Hash == next.Hash:
		case w.active.Number >= next.Number:
			return fault.New(fault.Conflict, "older-version", "number %d is active", w.active.Number)
		case w.active.Number != expected:
			return fault.New(fault.Conflict, versionMoved, "number %d is active, expected %d", w.active.Number, expected)
		default:
			w.active = next
			w.moves++
		}
		return nil
	})
	return next, err
}

func (w groupOf) Active(context.Context) ([]versions.Version, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return []versions.Version{w.active}, nil
}

func (w groupOf) LiveServers(context.Context) (live []versions.Server, err error) {
	err = w.step("live", func() error {
		for _, s := range w.servers {
			if s.live {
				live = append(live, s.Server)
			}
		}
		return nil
	})
	return live, err
}

func (w groupOf) Reports(context.Context) ([]versions.ServerReport, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var reports []versions.ServerReport
	for _, s := range w.servers {
		report := versions.Report{Channel: "web", Number: s.serves.Number, Hash: s.serves.Hash}
		if s.stuck != nil {
			report.Problem = s.stuck.Error()
		}
		reports = append(reports, versions.ServerReport{Server: s.Server, Live: s.live, Report: report})
	}
	return reports, nil
}

// Prepare and Activate are those of the server on whose queue the activity is.
func (w *world) Prepare(ctx context.Context, v serverwork.Version) error {
	s := w.addressed(ctx)
	return w.step("prepare on "+s.Name, func() error {
		if s.refuses == nil {
			s.prepared = v.Hash
		}
		return s.refuses
	})
}

func (w *world) Activate(ctx context.Context, _ tenants.Name) error {
	s := w.addressed(ctx)
	return w.step("activate on "+s.Name, func() error {
		if s.stuck == nil {
			s.serves = w.active
		}
		return s.stuck
	})
}

func (w *world) addressed(ctx context.Context) *fakeServer {
	queue := activity.GetInfo(ctx).TaskQueue
	return w.servers[slices.IndexFunc(w.servers, func(s *fakeServer) bool { return workflows.ServerQueue(s.ID) == queue })]
}

// served are the numbers that the servers serve.
func (w *world) served() []int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	numbers := make([]int64, len(w.servers))
	for i, s := range w.servers {
		numbers[i] = s.serves.Number
	}
	return numbers
}
