package crashtest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/runtime/definition"
)

func TestDeployment(t *testing.T) {
	t.Parallel()
	p := setup(t, 3)
	readers := p.read()

	p.edit()
	first := p.succeed(deployments.NewDeployment{})
	p.edit()
	second := p.succeed(deployments.NewDeployment{})
	require.NotEqual(t, first.Hash, second.Hash)
	strategy, err := p.designs.Get(t.Context(), p.tenant, p.reference(definition.KindStrategy, "offers"))
	require.NoError(t, err)
	require.Nil(t, strategy.Mark, "production releases the marks of what went out")

	back := p.succeed(deployments.NewDeployment{Kind: deployments.Rollback, Of: first.Number})
	require.Equal(t, first.Hash, back.Hash)

	p.put(definition.KindMacro, "valuable", `{"audienceLevel":"individual","type":"boolean","expression":"profile.value > 1000.0"}`)
	again := p.succeed(deployments.NewDeployment{Kind: deployments.Redeploy})
	require.NotEqual(t, back.Hash, again.Hash)

	p.edit()
	one, other := p.ask(deployments.NewDeployment{}), p.ask(deployments.NewDeployment{Kind: deployments.Rollback, Of: first.Number})
	require.Equal(t, one.Number, other.WaitsFor)
	require.Equal(t, deployments.Succeeded, p.awaitEnd(one.Number).State)
	require.Equal(t, deployments.Succeeded, p.awaitEnd(other.Number).State)
	p.requireAll(p.deployment(other.Number))

	p.changesNothing(p.deployment(other.Number))
	gone := p.succeed(deployments.NewDeployment{Kind: deployments.Undeploy, Confirm: channel})
	require.Empty(t, gone.Hash)
	readers(map[int64]string{
		first.Number: first.Hash, second.Number: second.Hash, back.Number: back.Hash, again.Number: again.Hash,
		one.Number: p.deployment(one.Number).Hash, other.Number: first.Hash, gone.Number: "",
	})
}

// changesNothing deploys twice in vain: a server refuses, and somebody cancels.
func (p *platform) changesNothing(before deployments.Deployment) {
	p.t.Helper()
	p.edit()
	p.servers[2].gate.want(p.t, "refuse prepare")
	failed := p.awaitEnd(p.ask(deployments.NewDeployment{}).Number)
	require.Equal(p.t, deployments.Failed, failed.State)
	require.Equal(p.t, "server cards-3: the disk is full", failed.Reason)
	p.requireAll(before)

	control := p.gate("control")
	control.want(p.t, "hold live before")
	d := p.ask(deployments.NewDeployment{})
	p.eventually("the deployment is about to prepare", control.reached)
	_, err := p.admin.CancelDeployment(p.t.Context(), "bank", channel, d.Number)
	require.NoError(p.t, err)
	control.open(p.t)
	require.Equal(p.t, deployments.Cancelled, p.awaitEnd(d.Number).State)
	p.requireAll(before)
}

// succeed deploys and checks that every server came to it.
func (p *platform) succeed(input deployments.NewDeployment) deployments.Deployment {
	p.t.Helper()
	began := time.Now()
	d := p.awaitEnd(p.ask(input).Number)
	require.Equal(p.t, deployments.Succeeded, d.State, d.Reason)
	p.t.Logf("%s %d: %s", d.Kind, d.Number, time.Since(began).Round(time.Millisecond))
	for _, s := range p.servers {
		served, err := s.served(p.t.Context())
		require.NoError(p.t, err)
		require.Equal(p.t, d.Number, served.Number, "a deployment has succeeded when all servers serve it")
		require.Equal(p.t, d.Hash, served.Hash)
	}
	require.Len(p.t, d.Servers, len(p.servers))
	for _, s := range d.Servers {
		require.Equal(p.t, deployments.ServerServing, s.State)
	}
	return d
}

// same reports whether both are the same version.
func same(a, b client.ServedChannel) bool { return a.Number == b.Number && a.Hash == b.Hash }

// readEvery is half as often as a server answers one caller.
const readEvery = time.Millisecond

// read reads from all servers all the time. The returned function ends that and
// checks that no reader saw an error, a step back, or content of another number.
func (p *platform) read() (done func(hashes map[int64]string)) {
	ctx, stop := context.WithCancel(context.Background())
	var (
		reading sync.WaitGroup
		seen    = make([][]client.ServedChannel, len(p.servers))
		errs    = make([]error, len(p.servers))
	)
	for i, s := range p.servers {
		reading.Go(func() {
			ticker := time.NewTicker(readEvery)
			defer ticker.Stop()
			for ctx.Err() == nil {
				<-ticker.C
				served, err := s.served(ctx)
				switch {
				case ctx.Err() != nil:
				case err != nil:
					errs[i] = err
					return
				case len(seen[i]) == 0 || !same(seen[i][len(seen[i])-1], served):
					seen[i] = append(seen[i], served)
				}
			}
		})
	}
	p.t.Cleanup(func() {
		stop()
		reading.Wait()
	})
	return func(hashes map[int64]string) {
		stop()
		reading.Wait()
		for i := range p.servers {
			require.NoError(p.t, errs[i])
			last := int64(0)
			for _, served := range seen[i] {
				require.GreaterOrEqual(p.t, served.Number, last)
				require.Equal(p.t, hashes[served.Number], served.Hash)
				last = served.Number
			}
			require.Contains(p.t, hashes, last)
			require.Empty(p.t, hashes[last], "the last one, which takes the channel off, is seen")
		}
	}
}
