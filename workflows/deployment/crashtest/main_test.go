package crashtest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/switchyard/switchyard/controlplane"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/server"
	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/workflows/deployment"
)

// roleVariable names the file that tells this binary which process to be.
const roleVariable = "CRASHTEST_ROLE"

// role is what a process is, with all that it needs.
type role struct {
	Gate         string // folder of its gate
	ControlPlane *controlPlaneRole
	Server       *configuration.Launch
}

type controlPlaneRole struct {
	Listen, OpsListen, DatabaseURL, TemporalAddress, PlatformKey string
	EncryptionKey                                                []byte
}

func TestMain(m *testing.M) {
	file := os.Getenv(roleVariable)
	if file == "" {
		os.Exit(m.Run())
	}
	if err := play(file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play is the process that the file says, until SIGTERM.
func play(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var r role
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log, g := slog.New(slog.NewTextHandler(os.Stderr, nil)), gate{dir: r.Gate}
	if r.Server != nil {
		return server.New(server.Options{
			Launch: *r.Server, Patience: 5 * time.Second, Log: log,
			Faults: &versions.Faults{
				Prepare: func(versions.Version) error {
					g.pass("prepare")
					if g.take("refuse prepare") {
						return fault.New(fault.Conflict, "refused", "the disk is full")
					}
					return nil
				},
				Activate: func(versions.Version) error { g.pass("activate"); return nil },
			},
		}).Run(ctx)
	}
	c := r.ControlPlane
	main, err := controlplane.New(controlplane.Options{
		Listen: c.Listen, OpsListen: c.OpsListen, DatabaseURL: c.DatabaseURL, TemporalAddress: c.TemporalAddress,
		EncryptionKey: c.EncryptionKey, PlatformKey: c.PlatformKey, Logger: log,
		Deploying: func(catalog deployment.Catalog, groups deployment.Groups) (deployment.Catalog, deployment.Groups) {
			return gatedCatalog{catalog, g}, gatedGroups{groups, g}
		},
	})
	if err != nil {
		return err
	}
	return main.Run(ctx)
}
