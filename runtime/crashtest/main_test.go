package crashtest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/switchyard/switchyard/controlplane"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/interactionserver/server"
)

// roleVariable names the file that tells this binary which process to be.
const roleVariable = "CRASHTEST_ROLE"

// role is what a process is, with all that it needs.
type role struct {
	Server       *serverRole
	ControlPlane *controlPlaneRole
}

type serverRole struct {
	Launch       configuration.Launch
	SessionStore string
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
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if r.Server != nil {
		return server.New(server.Options{
			Launch: r.Server.Launch, SessionStore: r.Server.SessionStore, Patience: 5 * time.Second, Log: log,
			AllowOutgoing: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		}).Run(ctx)
	}
	c := r.ControlPlane
	main, err := controlplane.New(controlplane.Options{
		Listen: c.Listen, OpsListen: c.OpsListen, DatabaseURL: c.DatabaseURL, TemporalAddress: c.TemporalAddress,
		EncryptionKey: c.EncryptionKey, PlatformKey: c.PlatformKey, Logger: log,
	})
	if err != nil {
		return err
	}
	return main.Run(ctx)
}
