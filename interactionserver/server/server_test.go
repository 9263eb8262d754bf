package server

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgrestest"
)

func TestServer(t *testing.T) {
	t.Parallel()

	t.Run("RunsAnInteractionFromSubmitToStop", func(t *testing.T) {
		t.Parallel()
		b := setupWithTemporal(t)
		b.start()
		watching, stopWatching := context.WithCancel(t.Context())
		defer stopWatching()
		offers := make(chan client.Interaction, 100)
		go func() {
			_ = b.as(b.agent).WatchAgent(watching, "me", func(a client.Agent) error {
				for _, i := range a.Assignments {
					if i.State == "delivering" {
						offers <- i
					}
				}
				return nil
			})
		}()
		b.ready()
		submitted := b.submit("mail-1")
		offer := <-offers
		require.Equal(t, submitted.ID, offer.ID)
		require.Equal(t, "dispute.intake", offer.Queue)

		accepted, err := b.as(b.agent).Accept(t.Context(), offer.ID, offer.Assignment)
		require.NoError(t, err)
		require.Equal(t, "handling", accepted.State)
		require.Equal(t, "anna", accepted.Agent)
		_, err = b.as(b.agent).Complete(t.Context(), offer.ID, client.Completion{Assignment: offer.Assignment, Outcome: "resolved"})
		require.NoError(t, err)
		stopped := b.reaches(submitted.ID, "stopped")
		require.Equal(t, "handled", stopped.StopReason)

		again, created, err := b.as(b.gateway).Submit(t.Context(), client.NewInteraction{ExternalID: "mail-1", MediaType: "chat", Process: "dispute"})
		require.NoError(t, err)
		require.False(t, created)
		require.Equal(t, submitted.ID, again.ID)
	})

	t.Run("AcceptsWhileTemporalIsAwayAndGoesOnWhenItIsBack", func(t *testing.T) {
		t.Parallel()
		b := setupWithTemporal(t)
		there := b.launch.TemporalAddress
		b.launch.TemporalAddress = freeAddress(t)
		b.start()
		submitted := b.submit("")
		status, err := b.as(b.gateway).Status(t.Context())
		require.NoError(t, err)
		require.False(t, status.Temporal.OK)
		require.True(t, status.Database.OK)
		b.stop()

		b.launch.TemporalAddress = there
		b.start()
		b.ready()
		b.handle(submitted.ID)
		b.reaches(submitted.ID, "stopped")
	})

	t.Run("StartsAndServesWithoutTheControlPlane", func(t *testing.T) {
		t.Parallel()
		b := setupWithTemporal(t)
		b.start()
		b.stop()

		b.plane.away.Store(true)
		b.start()
		b.ready()
		submitted := b.submit("")
		b.handle(submitted.ID)
		b.reaches(submitted.ID, "stopped")
		status, err := b.as(b.gateway).Status(t.Context())
		require.NoError(t, err)
		require.False(t, status.ControlPlane.OK)
		require.True(t, status.Configuration.Stored)
	})

	t.Run("StopsAtRevocationAndGoesOnWhenGrantedAgain", func(t *testing.T) {
		t.Parallel()
		b := setupWithTemporal(t)
		b.start()
		waiting := b.submit("")
		b.reaches(waiting.ID, "routing")

		b.grant()
		b.eventually("a submit is refused", func() bool {
			_, _, err := b.as(b.gateway).Submit(t.Context(), client.NewInteraction{MediaType: "chat", Process: "dispute"})
			return client.IsType(err, "process-not-granted")
		})
		status, err := b.as(b.gateway).Status(t.Context())
		require.NoError(t, err)
		require.Empty(t, status.Processes)
		require.Contains(t, status.Summary, "no business process")
		b.ready()

		b.grant("dispute")
		b.handle(waiting.ID)
		b.reaches(waiting.ID, "stopped")
	})

	t.Run("GivesUpItsGrantsWhenItsAccountIsRefused", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "", "none")
		b.start()
		b.submit("before")

		b.plane.refuses.Store(true)
		b.eventually("a submit is refused", func() bool {
			_, _, err := b.as(b.gateway).Submit(t.Context(), client.NewInteraction{MediaType: "chat", Process: "dispute"})
			return client.IsType(err, "process-not-granted")
		})
		status, err := b.as(b.gateway).Status(t.Context())
		require.NoError(t, err)
		require.Contains(t, status.ControlPlane.Problem, "refuses")

		b.plane.refuses.Store(false)
		b.eventually("a submit is accepted again", func() bool {
			_, _, err := b.as(b.gateway).Submit(t.Context(), client.NewInteraction{MediaType: "chat", Process: "dispute"})
			return err == nil
		})
	})

	t.Run("IsNeverTwoProcessesAtOnce", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "", "none")
		b.start()
		twin := *b
		twin.launch.Listen, twin.launch.MetricsListen = freeAddress(t), freeAddress(t)
		err := <-twin.run()
		require.True(t, fault.Is(err, fault.Conflict), err)
		require.ErrorContains(t, err, "another process")
	})

	t.Run("ClaimsItsIDAgainWhenTheConnectionIsLost", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "", "none")
		b.start()
		db := postgrestest.Open(t, b.launch.DatabaseURL)
		holder := func() (pid int) {
			err := db.GetContext(t.Context(), &pid, `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
				AND (classid::bigint << 32 | objid::bigint) = hashtextextended('server/' || $1, 0)`, b.launch.Server.ID)
			if errors.Is(err, sql.ErrNoRows) {
				return 0
			}
			require.NoError(t, err)
			return pid
		}
		first := holder()
		require.NotZero(t, first)
		_, err := db.ExecContext(t.Context(), "SELECT pg_terminate_backend($1)", first)
		require.NoError(t, err)
		b.eventually("the id is claimed again", func() bool {
			second := holder()
			return second != 0 && second != first
		})
		b.submit("")
	})

	t.Run("SaysWhichAddressIsInUse", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "", "none")
		b.launch.Listen = b.launch.MetricsListen
		err := <-b.run()
		require.ErrorContains(t, err, b.launch.Listen+" is in use")
	})

	t.Run("RefusesADatabaseWithoutSchema", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "", "none")
		b.launch.DatabaseURL = emptyDatabase(t)
		err := <-b.run()
		require.ErrorContains(t, err, "schema version")
	})

	t.Run("EndsWhileItWaitsForItsDatabase", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "", "none")
		b.launch.DatabaseURL = "postgres://nobody@" + freeAddress(t) + "/none"
		ended := b.run()
		b.stop()
		err := <-ended
		require.True(t, err == nil || errors.Is(err, context.Canceled), err)
	})
}
