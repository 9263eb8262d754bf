package controlplane

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgrestest"
	"github.com/switchyard/switchyard/internal/temporaltest"
	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
	"github.com/switchyard/switchyard/runtime/history/historypg"
	"github.com/switchyard/switchyard/workflows"
	"github.com/switchyard/switchyard/workflows/historytransfer"
	"github.com/switchyard/switchyard/workflows/temporalclient"
)

// TestAHistoryIsTakenOver goes all the way: from a group's database over Temporal
// into the tenant's history and out of REST.
func TestAHistoryIsTakenOver(t *testing.T) {
	t.Parallel()
	p := preparePast(t)
	ctx := t.Context()
	databases := newGroupDatabases("", nil)
	lent, err := databases.keep(p.group, postgrestest.Open(t, postgrestest.New(t, migration.Solution)))
	require.NoError(t, err)
	group := historypg.New(lent.db)
	databases.giveBack(lent)
	t.Cleanup(databases.close)
	batch := history.Batch{}
	for range 25 {
		batch.Contacts = append(batch.Contacts, *presented(t, "gold-card", "", decision.FromRule, false, time.Now())[0].Contact)
	}
	batch.Responses = []history.Response{{
		Treatment: batch.Contacts[3].Treatment, Type: "accept", Class: history.Accept, Session: "later", Channel: "web", At: time.Now(),
	}}
	_, err = group.Write(ctx, []history.Batch{batch})
	require.NoError(t, err)
	// Of a group that serves nothing yet something was taken over before.
	p.take(ctx, t)

	address, namespace := temporaltest.Namespace(t)
	logger := slog.New(slog.DiscardHandler)
	temporal, err := temporalclient.New(temporalclient.Options{Address: address, Namespace: namespace, Identity: "test", Logger: logger})
	require.NoError(t, err)
	service := historytransfer.New(temporal, contacthistory.NewTransfer(p.store, histories{databases}, 10), logger)
	running, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { service.Run(running) })
	parts.Go(func() {
		temporalclient.RunWorker(running, logger, func() worker.Worker {
			return temporalclient.NewWorker(temporal, workflows.ControlQueue, logger, service)
		})
	})
	t.Cleanup(func() {
		stop()
		parts.Wait()
		temporal.Close()
	})

	var taken client.HistoryChanges
	require.Eventually(t, func() bool {
		taken, err = p.admin.HistoryChanges(ctx, "bank", client.HistoryQuery{Limit: 100})
		return err == nil && len(taken.Items) >= 26
	}, 30*time.Second, 20*time.Millisecond)
	require.Len(t, taken.Items, 26)
	last := taken.Items[25]
	require.Equal(t, "response", last.Kind)
	require.True(t, last.CrossSession)
	require.Equal(t, batch.Contacts[3].Treatment.String(), last.Treatment)
}
