package crashtest

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/deployments"
)

// allVariable makes every case run instead of a sample.
const allVariable = "SWITCHYARD_CRASH_TESTS"

// sampled is how many cases of each kind run otherwise.
const sampled = 2

// TestCrash kills whoever takes part in a deployment at every step of it, and
// loses the answer of every step that succeeded.
func TestCrash(t *testing.T) {
	t.Parallel()
	p := setup(t, 3)
	p.edit()
	p.succeed(deployments.NewDeployment{})

	for _, who := range []string{"control plane", "server", "Temporal"} {
		for _, point := range sample(t, points()) {
			t.Run(name(who+" dies at "+point), func(t *testing.T) { p.in(t).crash(who, point) })
		}
	}
	for _, step := range sample(t, steps) {
		t.Run(name("answer is lost of "+step), func(t *testing.T) { p.in(t).lose(step) })
	}
	t.Run("AfterAllOfThatADeploymentSucceeds", func(t *testing.T) {
		q := p.in(t)
		q.edit()
		q.succeed(deployments.NewDeployment{})
	})
}

// TestStoppedServer shows a server that is alive, by its lock, and does nothing: it
// takes half a minute until that is certain.
func TestStoppedServer(t *testing.T) {
	t.Parallel()
	if !wantAll() {
		t.Skipf("set %s=all to run it", allVariable)
	}
	p := setup(t, 2)
	p.edit()
	before := p.succeed(deployments.NewDeployment{})

	process, err := os.FindProcess(p.servers[1].PID())
	require.NoError(t, err)
	require.NoError(t, process.Signal(syscall.SIGSTOP))
	t.Cleanup(func() { _ = process.Signal(syscall.SIGCONT) })
	p.edit()
	d := p.awaitEnd(p.ask(deployments.NewDeployment{}).Number)
	require.Equal(t, deployments.Failed, d.State)
	require.Equal(t, "server cards-2: it is alive but did not prepare within 30s", d.Reason)
	require.NoError(t, process.Signal(syscall.SIGCONT))
	p.requireAll(before)

	p.edit()
	p.succeed(deployments.NewDeployment{})
}

func wantAll() bool { return os.Getenv(allVariable) == "all" }

// name is a title as tests have them.
func name(title string) string {
	return strings.ReplaceAll(title, " ", "-")
}

// sample is some of the cases, others each time, unless all are wanted.
func sample(t *testing.T, all []string) []string {
	t.Helper()
	if wantAll() {
		return all
	}
	picked := make([]string, 0, sampled)
	for _, i := range rand.Perm(len(all))[:sampled] {
		picked = append(picked, all[i])
	}
	return picked
}

// in is the platform for one case.
func (p *platform) in(t *testing.T) *platform {
	t.Helper()
	q := *p
	q.t = t
	t.Cleanup(func() { p.score = q.score })
	return &q
}

// crash kills somebody at a point, starts it again, and checks what came of the
// deployment.
func (p *platform) crash(who, point string) {
	p.t.Helper()
	victim := p.servers[1]
	held := p.gate("control")
	if ofServer(point) {
		held = victim.gate
	}
	p.edit()
	held.want(p.t, "hold "+point)
	d := p.ask(deployments.NewDeployment{})
	p.eventually("the deployment is at "+point, held.reached)

	process := map[string]interface {
		Kill()
		Start(ctx context.Context) error
	}{"control plane": p.control, "server": victim.Process, "Temporal": p.temporal.Process}[who]
	process.Kill()
	held.open(p.t)
	require.NoError(p.t, process.Start(context.Background()))
	p.judge(d.Number)
}

// lose lets a step succeed without an answer.
func (p *platform) lose(step string) {
	p.t.Helper()
	p.edit()
	p.gate("control").want(p.t, "lose "+step)
	d := p.ask(deployments.NewDeployment{})
	p.judge(d.Number)
	require.True(p.t, p.gate("control").reached(), "the answer was lost")
	require.Equal(p.t, deployments.Succeeded, p.deployment(d.Number).State)
}

// judge checks that the deployment tells the truth: all servers serve it when it
// says that it went out, and what was before when it failed.
func (p *platform) judge(number int64) {
	p.t.Helper()
	d := p.awaitEnd(number)
	p.awaitServers()
	want := d
	if !d.State.Moved() {
		require.Equal(p.t, deployments.Failed, d.State)
		require.NotEmpty(p.t, d.Reason)
		want = p.active(number)
	}
	p.t.Logf("deployment %d: %s %s", number, d.State, d.Reason)
	require.NotEqual(p.t, deployments.Incomplete, d.State, d.Reason)
	p.requireAll(want)

	versions, err := p.deployments.Versions(p.t.Context(), p.tenant, channel)
	require.NoError(p.t, err)
	require.Len(p.t, versions, 1)
	require.Equal(p.t, want.Number, versions[0].Number)
}

// active is the last deployment before that number that went out.
func (p *platform) active(before int64) deployments.Deployment {
	p.t.Helper()
	for number := before - 1; number > 0; number-- {
		if d := p.deployment(number); d.State.Moved() {
			return d
		}
	}
	require.Fail(p.t, "nothing was deployed before")
	return deployments.Deployment{}
}
