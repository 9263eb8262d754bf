package deployment

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/internal/fault"
)

func TestDeploy(t *testing.T) {
	t.Parallel()

	t.Run("BringsAllServersToTheNewVersion", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		env := deploy(t, w)
		require.NoError(t, env.GetWorkflowError())
		requireServed(t, w)
		require.Equal(t, content, w.stored[testHash])
		require.Equal(t, 1, w.released)
		require.Equal(t, []deployments.State{
			deployments.Validating, deployments.Building, deployments.Preparing, deployments.Moving,
			deployments.Activating, deployments.Verifying, deployments.Releasing, deployments.Succeeded,
		}, w.states)

		s := state(t, env)
		require.Equal(t, "harborbank/web to cards/production", s.Channel+" to "+s.Group)
		require.Equal(t, deployments.Succeeded, s.State)
		require.Equal(t, testHash, s.Hash)
		require.Len(t, s.Servers, 3)
		for _, server := range s.Servers {
			require.Equal(t, deployments.ServerServing, server.State)
			require.EqualValues(t, 4, server.Number)
			require.Equal(t, server.progress(), w.progress[server.Name])
		}
	})

	t.Run("TakesAChannelOffWithoutAPackage", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.kind, w.hash = deployments.Undeploy, ""
		require.NoError(t, deploy(t, w).GetWorkflowError())
		requireServed(t, w)
		require.Empty(t, w.active.Hash)
		require.Empty(t, w.stored)
		require.Zero(t, w.released)
		require.NotContains(t, w.states, deployments.Preparing)
	})

	t.Run("ChangesNothingWhenOneServerCannotPrepare", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.servers[1].refuses = fault.New(fault.Invalid, "bad-hash", "the package's content has another hash")
		env := deploy(t, w)
		const reason = "server cards-2: the package's content has another hash"
		require.ErrorContains(t, env.GetWorkflowError(), reason)
		requireUnchanged(t, w)
		require.Equal(t, deployments.Failed, w.state)
		require.Equal(t, reason, w.reason)
		require.Equal(t, deployments.ServerRefused, w.progress["cards-2"].State)
		require.Equal(t, deployments.ServerPrepared, w.progress["cards-3"].State)
	})

	t.Run("ChangesNothingWhenItCannotBeMade", func(t *testing.T) {
		t.Parallel()
		for _, step := range []string{"validate", "build", "publish"} {
			t.Run(step, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				w.fails[step] = fault.New(fault.Conflict, "refused", "offer gold-card is retired").At("offers/gold-card", 0, "retired in March")
				require.Error(t, deploy(t, w).GetWorkflowError())
				requireUnchanged(t, w)
				require.Equal(t, deployments.Failed, w.state)
				require.Contains(t, w.reason, "offer gold-card is retired; offers/gold-card: retired in March")
			})
		}
	})

	t.Run("NamesTheServerThatIsAliveButSilent", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		env := deploy(t, w, silent(func() {}))
		require.ErrorContains(t, env.GetWorkflowError(), "server cards-1: it is alive but did not prepare within 30s")
		requireUnchanged(t, w)
		require.Equal(t, deployments.Failed, w.state)
	})

	t.Run("CountsARefusalOfAServerThatDiedThen", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.servers[0].refuses = fault.New(fault.Conflict, "disk", "the disk is full")
		w.during["prepare on cards-1"] = func() { w.servers[0].live = false }
		require.ErrorContains(t, deploy(t, w).GetWorkflowError(), "server cards-1: the disk is full")
		requireUnchanged(t, w)
	})

	t.Run("GoesOnWithoutAServerThatDiedWhileItPrepared", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		require.NoError(t, deploy(t, w, silent(func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, s := range w.servers {
				s.live = false
			}
		})).GetWorkflowError())
		require.EqualValues(t, 4, w.active.Number)
		require.Equal(t, deployments.Succeeded, w.state)
		require.Equal(t, deployments.ServerAway, w.progress["cards-1"].State)
	})

	t.Run("AsksAServerAgainThatWasGoneForAMoment", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.servers[2].refuses = unavailable()
		w.during["prepare on cards-3"] = func() {
			w.servers[2].live = false
			w.during["live"] = func() { // it is not found; the next time it is
				w.during["live"] = func() { w.servers[2].live, w.servers[2].refuses = true, nil }
			}
		}
		env := deploy(t, w)
		require.NoError(t, env.GetWorkflowError())
		requireServed(t, w)
	})

	t.Run("GoesOnWithoutAServerThatDiedAfterItPrepared", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.during["move"] = func() { w.servers[2].live = false }
		require.NoError(t, deploy(t, w).GetWorkflowError())
		require.Equal(t, []int64{4, 4, 3}, w.served())
		require.Equal(t, deployments.Succeeded, w.state)
		require.Equal(t, deployments.ServerAway, w.progress["cards-3"].State)
		require.Equal(t, deployments.ServerServing, w.progress["cards-1"].State)
	})

	t.Run("PreparesAServerThatCameUpMeanwhile", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.servers[2].live = false
		w.during["prepare on cards-1"] = func() { w.servers[2].live = true }
		require.NoError(t, deploy(t, w).GetWorkflowError())
		require.Equal(t, testHash, w.servers[2].prepared)
		requireServed(t, w)
	})

	t.Run("IsCancelledBeforeTheVersionMoves", func(t *testing.T) {
		t.Parallel()
		for _, step := range []string{"validate", "build", "publish", "live", "prepare on cards-2", "pass"} {
			t.Run(step, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				w.during[step] = func() { require.NoError(t, w.cancel()) }
				env := deploy(t, w)
				require.NoError(t, env.GetWorkflowError())
				requireUnchanged(t, w)
				require.Equal(t, deployments.Cancelled, w.state)
				require.Equal(t, deployments.Cancelled, state(t, env).State)
			})
		}
	})

	t.Run("CannotBeCancelledAfterwards", func(t *testing.T) {
		t.Parallel()
		for _, step := range []string{"move", "activate on cards-1", "release"} {
			t.Run(step, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				w.during[step] = func() { require.Error(t, w.cancel()) }
				require.NoError(t, deploy(t, w).GetWorkflowError())
				requireServed(t, w)
				require.Equal(t, deployments.Succeeded, w.state)
			})
		}
	})

	t.Run("SaysThatItsWorkflowWasCancelled", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.servers[0].refuses = unavailable()
		env := deploy(t, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(env.CancelWorkflow, 3*time.Second)
		})
		require.ErrorContains(t, env.GetWorkflowError(), "the workflow was cancelled")
		requireUnchanged(t, w)
		require.Equal(t, deployments.Failed, w.state)
		require.Equal(t, "the workflow was cancelled", w.reason)
	})

	t.Run("StopsWaitingWhenItWasCancelled", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.servers[0].refuses = unavailable()
		env := deploy(t, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				require.NoError(t, w.cancel())
				env.CancelWorkflow()
			}, 3*time.Second)
		})
		require.NoError(t, env.GetWorkflowError())
		require.Equal(t, deployments.Cancelled, w.state)
		require.Equal(t, deployments.Cancelled, state(t, env).State)
		requireUnchanged(t, w)
	})

	t.Run("DoesNotHeedACancelledWorkflowAfterTheVersionMoved", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.fails["release"] = unavailable()
		env := deploy(t, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(env.CancelWorkflow, 10*time.Second)
			env.RegisterDelayedCallback(func() { w.recover("release") }, 20*time.Second)
		})
		require.NoError(t, env.GetWorkflowError())
		requireServed(t, w)
		require.Equal(t, deployments.Succeeded, w.state)
	})

	t.Run("DoesEveryStepOnceThoughTheAnswerTimedOut", func(t *testing.T) {
		t.Parallel()
		for _, step := range []string{
			"begin", "validate", "build", "publish", "record", "live", "prepare on cards-1", "pass", "move", "activate on cards-2", "release", "finish",
		} {
			t.Run(step, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				w.late[step] = true
				require.NoError(t, deploy(t, w).GetWorkflowError())
				requireServed(t, w)
				require.Equal(t, deployments.Succeeded, w.state)
				require.Greater(t, w.attempts[step], 1)
			})
		}
	})

	t.Run("OutlastsOutagesOfWhatItCannotDoWithout", func(t *testing.T) {
		t.Parallel()
		for step, outage := range map[string]time.Duration{
			"begin": time.Hour, "validate": time.Hour, "record": time.Hour, "pass": time.Hour, "finish": time.Hour,
			"move": 15 * time.Second, // the simulation gives up an activity after ten attempts
		} {
			t.Run(step, func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				w.fails[step] = unavailable()
				require.NoError(t, deploy(t, w, func(env *testsuite.TestWorkflowEnvironment) {
					env.RegisterDelayedCallback(func() { w.recover(step) }, outage)
				}).GetWorkflowError())
				requireServed(t, w)
				require.Equal(t, deployments.Succeeded, w.state)
			})
		}
	})

	t.Run("SaysWhatItWaitsForWhileTheGroupsDatabaseIsAway", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.fails["move"] = unavailable()
		var reason string
		require.NoError(t, deploy(t, w, func(env *testsuite.TestWorkflowEnvironment) {
			env.RegisterDelayedCallback(func() {
				w.mu.Lock()
				reason = w.reason
				w.mu.Unlock()
				w.recover("move")
			}, 10*time.Second)
		}).GetWorkflowError())
		require.Equal(t, "the database is away", reason)
		require.Empty(t, w.reason)
	})

	t.Run("FailsWhenTheGroupIsAtAVersionThatNobodyKnows", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.active.Number = 9
		require.Error(t, deploy(t, w).GetWorkflowError())
		require.Equal(t, deployments.Failed, w.state)
		require.Equal(t, "the active version of the group did not move: number 9 is active", w.reason)
		require.Zero(t, w.moves)
	})

	t.Run("BringsAGroupUpToDateWhoseDatabaseWasRestored", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.active.Number = 1
		require.NoError(t, deploy(t, w).GetWorkflowError())
		requireServed(t, w)
	})

	t.Run("IsIncompleteWhenAServerDoesNotCome", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.servers[2].stuck = fault.New(fault.Internal, "disk", "the disk is full")
		w.clock = late
		env := deploy(t, w)
		const reason = "server cards-3 serves number 3: the disk is full"
		require.ErrorContains(t, env.GetWorkflowError(), reason)
		require.Equal(t, deployments.Incomplete, w.state)
		require.Equal(t, reason, w.reason)
		require.Equal(t, []int64{4, 4, 3}, w.served())
		require.Zero(t, w.released, "marks stay until the whole group serves what they are for")
		require.EqualValues(t, 3, w.progress["cards-3"].Number)
	})

	t.Run("IsIncompleteWhenNobodyKnowsWhatServersServe", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.clock = late
		w.during["move"] = func() { w.fails["live"] = unavailable() }
		require.Error(t, deploy(t, w).GetWorkflowError())
		require.Equal(t, deployments.Incomplete, w.state)
		require.Equal(t, "the group's database does not answer: the database is away", w.reason)
	})

	t.Run("WaitsForAServerThatIsLate", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.servers[2].stuck = fault.New(fault.Conflict, "busy", "busy")
		recorded := 0
		w.during["release"] = func() { recorded = w.attempts["record"] }
		w.during["activate on cards-3"] = func() {
			time.AfterFunc(200*time.Millisecond, func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.servers[2].stuck, w.servers[2].serves = nil, w.active
			})
		}
		require.NoError(t, deploy(t, w).GetWorkflowError())
		requireServed(t, w)
		require.Positive(t, recorded)
	})

	t.Run("GoesOnWhereItWasWhenItIsStartedAnew", func(t *testing.T) {
		t.Parallel()
		for _, from := range deployments.States[1:8] {
			t.Run(string(from), func(t *testing.T) {
				t.Parallel()
				w := newWorld()
				w.state, w.states = from, slices.Clone(deployments.States[1:slices.Index(deployments.States, from)+1])
				if from.Moved() {
					w.active, w.moves = move{Input: testInput, Hash: testHash}.version(), 1
				}
				require.NoError(t, deploy(t, w).GetWorkflowError())
				requireServed(t, w)
				require.Equal(t, deployments.Succeeded, w.state)
				if from == deployments.Moving || from.Moved() {
					require.Zero(t, w.attempts["validate"])
				}
			})
		}
	})

	t.Run("LeavesAloneWhatHasEnded", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.state = deployments.Cancelled
		require.NoError(t, deploy(t, w).GetWorkflowError())
		requireUnchanged(t, w)
		require.Equal(t, map[string]int{"begin": 1}, maps.Clone(w.attempts))
	})

	t.Run("EndsQuietlyWhenItsTurnHasNotCome", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.fails["begin"] = fault.New(fault.Conflict, waits, "number 3 has not ended")
		require.NoError(t, deploy(t, w).GetWorkflowError())
		requireUnchanged(t, w)
		require.Equal(t, deployments.Waiting, w.state)
	})

	t.Run("EndsWhenTheDeploymentIsGone", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.fails["begin"] = fault.New(fault.NotFound, "deployment-not-found", "no such deployment")
		require.ErrorContains(t, deploy(t, w).GetWorkflowError(), "no such deployment")
	})
}

func TestSummaryOfAServer(t *testing.T) {
	t.Parallel()
	s := ServerState{Name: "cards-1", Number: 3, Reason: "the disk is full"}
	require.Equal(t, "server cards-1 serves number 3: the disk is full", s.lag())
	require.Equal(t, "server cards-1 has not reported what it serves", ServerState{Name: "cards-1"}.lag())
	require.Equal(t, `a \| b c`, cell("a | b\nc"))
}
