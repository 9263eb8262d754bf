package main

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	temporal "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/runtime/bundle/bundletest"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
)

const (
	deployRounds   = 7
	deployQueue    = "bench-deploy"
	serversOfGroup = 10
)

// small is the design that is deployed: what is measured is the group's switch, not
// the compilation of ten large packages on one machine.
var small = bundletest.Size{Rules: 20, Clauses: 4, Offers: 10, Flowcharts: 2, Zones: 2}

func benchDeploy1(ctx context.Context, e *environment) (result, error) {
	return benchDeploy(ctx, e, "deploy1", solutionName, 1)
}

func benchDeploy10(ctx context.Context, e *environment) (result, error) {
	const solution = "ten"
	if err := e.createGroup(ctx, solution, serversOfGroup); err != nil {
		return result{}, err
	}
	return benchDeploy(ctx, e, "deploy10", solution, serversOfGroup)
}

// createGroup makes a solution whose production group has so many servers.
func (e *environment) createGroup(ctx context.Context, solution string, servers int) error {
	if err := e.createSolution(ctx, solution); err != nil {
		return err
	}
	for i := 2; i <= servers; i++ {
		server := client.NewServer{Name: solution + "-" + strconv.Itoa(i), Account: "bench-server", Node: e.server.Node}
		if _, err := e.admin.CreateServer(ctx, tenantName, solution, groupName, server); err != nil {
			return err
		}
	}
	for {
		running := 0
		all, err := e.admin.Servers(ctx, tenantName, solution, groupName)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.Status.State == string(tenants.ServerRunning) {
				running++
			}
		}
		if running == servers {
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// benchDeploy measures from the call that asks for a deployment until all servers
// of the group serve it. The limit is a workflow with as many activities in which
// nothing is done.
func benchDeploy(ctx context.Context, e *environment, name, solution string, servers int) (result, error) {
	if err := e.bringDesign(ctx, name, solution, small); err != nil {
		return result{}, err
	}
	group, err := e.admin.ServerGroup(ctx, tenantName, solution, groupName)
	if err != nil {
		return result{}, err
	}
	platform, err := temporal.Dial(temporal.Options{
		HostPort: e.platform.TemporalAddress, Namespace: workflows.PlatformNamespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return result{}, fmt.Errorf("connect to Temporal: %w", err)
	}
	defer platform.Close()
	w := bareDeployer(platform)
	if err := w.Start(); err != nil {
		return result{}, err
	}
	defer w.Stop()
	var ours, bare []float64
	for round := range deployRounds {
		d, seconds, err := e.deployOnce(ctx, name, round)
		if err != nil {
			return result{}, err
		}
		ours = append(ours, seconds)
		shape, err := shapeOf(ctx, platform, workflows.DeployID(tenants.ServerGroupID(group.ID), name, d.Number), servers)
		if err != nil {
			return result{}, err
		}
		began := time.Now()
		run, err := platform.ExecuteWorkflow(ctx, temporal.StartWorkflowOptions{TaskQueue: deployQueue}, bareDeployment, shape)
		if err == nil {
			err = run.Get(ctx, nil)
		}
		if err != nil {
			return result{}, err
		}
		bare = append(bare, time.Since(began).Seconds())
	}
	return newResult(name, "s", median(ours), "bare Temporal workflow with as many activities", median(bare)), nil
}

// deployOnce deploys a design that differs from the one before in one text.
func (e *environment) deployOnce(ctx context.Context, channel string, round int) (client.Deployment, float64, error) {
	points := client.ChannelDesigns[definition.InteractionPoint](e.admin, tenantName, channel)
	point, err := points.Get(ctx, bundletest.Point(0))
	if err != nil {
		return client.Deployment{}, 0, err
	}
	point.Spec.Default = fmt.Sprintf("round %d", round)
	if _, err := points.Put(ctx, point.Name, point.Version, client.DesignDraft[definition.InteractionPoint]{Spec: point.Spec}); err != nil {
		return client.Deployment{}, 0, err
	}
	began := time.Now()
	d, err := e.admin.CreateDeployment(ctx, tenantName, channel, client.NewDeployment{Group: groupName, Name: point.Spec.Default})
	for err == nil && !deployments.State(d.State).Ended() {
		if err = pause(ctx, 5*time.Millisecond); err == nil {
			d, err = e.admin.Deployment(ctx, tenantName, channel, d.Number)
		}
	}
	if err == nil && d.State != string(deployments.Succeeded) {
		err = fmt.Errorf("deployment %d is %s: %s", d.Number, d.State, d.Reason)
	}
	return d, time.Since(began).Seconds(), err
}

// shape is how many activities a deployment has.
type shape struct {
	Local   int // local activities
	Control int // activities of the control plane
	Servers int // each has two, side by side with those of the others
}

// shapeOf counts in a deployment's history.
func shapeOf(ctx context.Context, c temporal.Client, id string, servers int) (shape, error) {
	s := shape{Servers: servers}
	activities := 0
	events := c.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return s, fmt.Errorf("history of %s: %w", id, err)
		}
		switch event.GetEventType() {
		case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			activities++
		case enums.EVENT_TYPE_MARKER_RECORDED:
			s.Local++
		default:
		}
	}
	s.Control = activities - 2*servers
	if s.Control <= 0 {
		return s, fmt.Errorf("workflow %s has %d activities for %d servers: expected two of each and some more", id, activities, servers)
	}
	return s, nil
}

// bareDeployment has the shape of a deployment and nothing in it.
func bareDeployment(ctx workflow.Context, s shape) error {
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
	for range s.Local {
		if err := workflow.ExecuteLocalActivity(local, "nothing").Get(ctx, nil); err != nil {
			return err
		}
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for range s.Control {
		if err := workflow.ExecuteActivity(ctx, "nothing").Get(ctx, nil); err != nil {
			return err
		}
	}
	for range 2 {
		var all []workflow.Future
		for range s.Servers {
			all = append(all, workflow.ExecuteActivity(ctx, "nothing"))
		}
		for _, one := range all {
			if err := one.Get(ctx, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func bareDeployer(c temporal.Client) worker.Worker {
	w := worker.New(c, deployQueue, worker.Options{})
	w.RegisterWorkflow(bareDeployment)
	w.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{Name: "nothing"})
	return w
}
