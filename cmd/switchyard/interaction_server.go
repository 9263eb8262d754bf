package main

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"github.com/switchyard/switchyard/interactionserver/server"
)

// interactionServerCommand runs one interaction server. A node starts it.
type interactionServerCommand struct {
	Launch        string         `help:"Launch file that the node wrote: which server to be, its database and its key." placeholder:"FILE" required:"" type:"path"`
	AllowOutgoing []netip.Prefix `help:"Networks that HTTP calls of business processes may reach though they are not public, such as 10.1.0.0/16." placeholder:"CIDR"`
	serverSettings
}

// Run serves until ctx ends.
func (c *interactionServerCommand) Run(ctx context.Context, logger *slog.Logger) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectionPercent)
	}
	uuid.EnableRandPool() // a treatment code is made for each offer
	launch, err := server.LoadLaunch(c.Launch)
	if err != nil {
		return err
	}
	sessions, err := c.open()
	if err != nil {
		return err
	}
	return server.New(server.Options{
		Launch:        launch,
		AllowOutgoing: c.AllowOutgoing,
		SessionStore:  sessions,
		Retention:     c.retention.options(),
		Serving: func() {
			go newRest(logger).run(ctx)
			if os.Getenv("GOGC") == "" {
				// Not before: what the start allocates says nothing of what comes.
				time.AfterFunc(startupEnds[1], paceCollection)
			}
		},
		Log: logger,
	}).Run(ctx)
}
