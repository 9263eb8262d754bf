package main

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/switchyard/switchyard/controlplane"
	"github.com/switchyard/switchyard/internal/secret"
)

// controlPlaneCommand runs the control plane.
type controlPlaneCommand struct {
	Listen            string `help:"Address of the REST interface." default:"127.0.0.1:7400"`
	OpsListen         string `help:"Address of /livez, /readyz, /metrics and profiles." default:"127.0.0.1:7401"`
	URL               string `name:"url" help:"Base URL by which nodes and servers reach the REST interface; default: http:// and the listening address."`
	DatabaseURL       string `help:"The control database, as its owner: postgres://user:password@host:5432/name." placeholder:"URL" required:""`
	GroupDatabaseURL  string `help:"PostgreSQL server for the databases of server groups, as a role that may create databases and roles; default: that of the control database." placeholder:"URL"`
	TemporalAddress   string `help:"Temporal, host:port." default:"127.0.0.1:7233"`
	EncryptionKeyFile string `help:"File with the 32-byte key, in base64 or hex, that seals stored secrets." placeholder:"FILE" type:"path" required:""`
	PlatformKeyFile   string `help:"File with the API key of the platform's administrator." placeholder:"FILE" type:"path" required:""`
	KeepPackages      int    `help:"Keep the packages of so many of the last deployments of each channel to each server group; what is active is kept in any case." default:"50"`
	NoMigrate         bool   `help:"Refuse an older schema instead of bringing it up to date."`
}

// Run runs until ctx ends.
func (c *controlPlaneCommand) Run(ctx context.Context, logger *slog.Logger) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectionPercent)
		paceCollection()
	}
	encryptionKey, err := secret.ReadKeyFile(c.EncryptionKeyFile)
	if err != nil {
		return err
	}
	platformKey, err := secret.ReadFile(c.PlatformKeyFile)
	if err != nil {
		return err
	}
	main, err := controlplane.New(controlplane.Options{
		Listen: c.Listen, OpsListen: c.OpsListen, URL: c.URL,
		DatabaseURL: c.DatabaseURL, GroupDatabaseURL: c.GroupDatabaseURL, TemporalAddress: c.TemporalAddress,
		EncryptionKey: encryptionKey, PlatformKey: platformKey, KeptPackages: c.KeepPackages, NoMigrate: c.NoMigrate, Logger: logger,
	})
	if err != nil {
		return err
	}
	return main.Run(ctx)
}
