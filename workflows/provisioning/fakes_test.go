package provisioning

import (
	"context"
	"sync"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/groupdatabase"
)

// world is all that provisioning works on, in memory.
type world struct {
	mu          sync.Mutex
	plan        tenants.Plan
	recorded    []tenants.Progress
	made        []tenants.Name // namespaces, by tenant
	databases   []string
	keys        []tenants.ServerID
	started     []tenants.ServerID
	failures    map[string]error // by what is done: "namespace", "database", "key", "server"
	asksAgain   int              // times that provisioning is asked for again at a server's start
	workflowIDs map[string]bool
}

const (
	testTenant   = tenants.TenantID("0198c0de-0000-7000-8000-000000000001")
	testSolution = tenants.SolutionID("0198c0de-0000-7000-8000-000000000002")
)

var testInput = Input{Tenant: testTenant, TenantName: "harborbank", Solution: testSolution, SolutionName: "cards"}

// newWorld has a solution with a production group of two servers and a staging
// group of one.
func newWorld() *world {
	w := &world{failures: make(map[string]error), workflowIDs: make(map[string]bool)}
	w.plan.Tenant = tenants.Tenant{ID: testTenant, Name: "harborbank"}
	w.plan.Solution = tenants.Solution{ID: testSolution, Tenant: testTenant, Name: "cards"}
	w.plan.Solution.Provisioning = tenants.Provisioning{State: tenants.ProvisioningRequested, Request: 1}
	add := func(id tenants.ServerGroupID, name tenants.Name, servers ...tenants.Server) {
		g := tenants.PlannedGroup{ServerGroup: tenants.ServerGroup{ID: id, Name: name, Database: "sw_" + string(id)}}
		for _, s := range servers {
			g.Servers = append(g.Servers, tenants.PlannedServer{Server: s})
		}
		w.plan.Groups = append(w.plan.Groups, g)
	}
	add("g1", "production", tenants.Server{ID: "s1", Name: "cards-1", Node: "node-1"}, tenants.Server{ID: "s2", Name: "cards-2", Node: "node-1"})
	add("g2", "staging", tenants.Server{ID: "s3", Name: "cards-staging", Node: "node-1"})
	return w
}

func (w *world) activities() *activities {
	return &activities{catalog: w, databases: w, namespaces: namespacesOf{w}}
}

func (w *world) Plan(context.Context, tenants.TenantID, tenants.SolutionID) (tenants.Plan, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.plan, w.failures["plan"]
}

func (w *world) RequestedProvisionings(context.Context, int) ([]tenants.ProvisioningRequest, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	current := w.plan.Solution.Provisioning
	if current.State != tenants.ProvisioningRequested {
		return nil, nil
	}
	return []tenants.ProvisioningRequest{{
		Tenant: testTenant, TenantName: "harborbank", Solution: testSolution, SolutionName: "cards", Request: current.Request,
	}}, nil
}

func (w *world) RequestAllProvisionings(context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.askAgain()
	return nil
}

func (w *world) RecordProvisioning(_ context.Context, _ tenants.TenantID, _ tenants.SolutionID, progress tenants.Progress) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	current := &w.plan.Solution.Provisioning
	if progress.Request != current.Request {
		return false, nil
	}
	w.recorded = append(w.recorded, progress)
	w.workflowIDs[progress.WorkflowID] = true
	current.State, current.Step, current.Reason = progress.State, progress.Step, progress.Reason
	return true, nil
}

func (w *world) askAgain() {
	w.plan.Solution.Provisioning.Request++
	w.plan.Solution.Provisioning.State = tenants.ProvisioningRequested
}

func (w *world) GroupCredentials(_ context.Context, _ tenants.TenantID, group tenants.ServerGroupID) (tenants.GroupCredentials, error) {
	return tenants.GroupCredentials{Database: "sw_" + string(group), Password: "a secret"}, nil
}

func (w *world) ServerAPIKey(_ context.Context, _ tenants.TenantID, server tenants.ServerID) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys = append(w.keys, server)
	return "a secret", w.failures["key"]
}

// Ensure makes a database.
func (w *world) Ensure(_ context.Context, credentials tenants.GroupCredentials) (groupdatabase.Outcome, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.databases = append(w.databases, credentials.Database)
	return groupdatabase.Outcome{Created: true, SchemaVersion: 7}, w.failures["database "+credentials.Database]
}

func (w *world) StartServer(_ context.Context, server tenants.ServerID) (RunningServer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started = append(w.started, server)
	if w.asksAgain > 0 {
		w.asksAgain--
		w.askAgain()
	}
	return RunningServer{Address: "http://127.0.0.1:20000", PID: 42}, w.failures["server "+string(server)]
}

type namespacesOf struct{ *world }

func (n namespacesOf) Ensure(_ context.Context, tenant tenants.Name) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.made = append(n.made, tenant)
	return n.failures["namespace"]
}

// last is the last report.
func (w *world) last() tenants.Progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.recorded[len(w.recorded)-1]
}

func errRefused(text string) error { return fault.New(fault.Conflict, "refused", "%s", text) }
