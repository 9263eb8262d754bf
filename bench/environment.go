package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/switchyard/switchyard/apply"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/local"
)

//go:embed tenant
var tenantFiles embed.FS

const (
	tenantName   = "bench"
	solutionName = "base"
	groupName    = "production"
)

// environment is a whole platform with one tenant and one solution.
type environment struct {
	platform   *local.Platform
	admin      *client.Client
	executable string
	progress   io.Writer
	// server is the solution's only one, group its server group.
	server client.Server
	group  client.ServerGroup
	// touchpoint asks for offers, once it is there.
	touchpoint *site
	// offersRate is what offersHTTP has measured, in calls per second.
	offersRate float64
}

func startEnvironment(ctx context.Context, progress io.Writer) (_ *environment, err error) {
	executable, err := filepath.Abs(filepath.Join("bin", "switchyard"))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(executable); err != nil {
		return nil, fmt.Errorf("run it as ./task bench, which builds bin/switchyard: %w", err)
	}
	dir, err := os.MkdirTemp("", "switchyard-bench-")
	if err != nil {
		return nil, err
	}
	platform, err := local.Start(ctx, local.Options{
		Dir: dir, Executable: executable, Progress: progress,
		Log: slog.New(slog.NewTextHandler(progress, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	e := &environment{platform: platform, executable: executable, progress: progress}
	if err := e.applyTenant(ctx); err != nil {
		e.stop()
		return nil, err
	}
	return e, nil
}

func (e *environment) stop() {
	ctx := context.Background()
	e.platform.Stop(ctx)
	if err := e.platform.Remove(ctx); err != nil {
		_, _ = fmt.Fprintf(e.progress, "cannot remove %s: %v\n", e.platform.Dir, err)
	}
}

func (e *environment) applyTenant(ctx context.Context) error {
	files, err := fs.Sub(tenantFiles, "tenant")
	if err != nil {
		return err
	}
	set, err := apply.ParseDir(files)
	if err != nil {
		return err
	}
	e.admin = client.New(e.platform.URL, client.Options{Credential: e.platform.AdminKey})
	if _, err := apply.Run(ctx, e.admin, set, apply.Options{}); err != nil {
		return err
	}
	if err := apply.Wait(ctx, e.admin, set, e.progress); err != nil {
		return err
	}
	if e.group, err = e.admin.ServerGroup(ctx, tenantName, solutionName, groupName); err != nil {
		return err
	}
	e.server, err = e.admin.Server(ctx, tenantName, solutionName, groupName, solutionName+"-1")
	return err
}

// logIn returns the account's calls to the solution's server.
func (e *environment) logIn(ctx context.Context, account string) (*client.InteractionServer, error) {
	key, err := e.admin.CreateAPIKey(ctx, tenantName, account)
	if err != nil {
		return nil, err
	}
	token, err := e.admin.CreateToken(ctx, client.NewToken{APIKey: key.Key, Audience: "server-group/" + e.group.ID})
	if err != nil {
		return nil, err
	}
	return client.NewInteractionServer(client.New(e.server.Status.Address, client.Options{Credential: token.Token})), nil
}
