package interactionserver_test

import (
	"context"
	"fmt"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/serverpg"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// A server works on its group's database with what it last knew of its
// configuration, and hands in an interaction. It needs a database, so that it is
// compiled only.
func ExampleService() {
	ctx := context.Background()
	var (
		server tenants.ServerID  // from the launch file
		caller tenants.AccountID // from the request's token
	)
	db, err := serverpg.Open(ctx, "postgres://app:secret@db/sw_0123456789abcdef", postgres.Options{MaxOpen: 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	store := serverpg.New(db, server)
	defer store.Close()
	service := interactionserver.NewService(server, store, interactionserver.Options{})
	if _, err := service.Restore(ctx); err != nil {
		fmt.Println(err)
		return
	}
	go func() { _ = service.Run(ctx) }()

	in, created, err := service.Submit(ctx, caller, interactionserver.Submission{
		MediaSource: "mailbox", ExternalID: "<1@example>", MediaType: "email", Process: "card-dispute",
	})
	fmt.Println(in.ID, created, err)
}
