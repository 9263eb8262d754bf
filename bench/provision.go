package main

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

const provisionRounds = 5

const newestTemplate = `SELECT datname FROM pg_database WHERE datname LIKE 'sw\_template\_%' ORDER BY oid DESC LIMIT 1`

// benchProvision measures from the creation of a solution, with its group and
// one server, until it is ready. The limit is what that consists of at least: a
// database cloned from a template, and the start of a process.
func benchProvision(ctx context.Context, e *environment) (result, error) {
	var ours, bare []float64
	for round := range provisionRounds {
		began := time.Now()
		if err := e.createSolution(ctx, fmt.Sprintf("round-%d", round+1)); err != nil {
			return result{}, err
		}
		ours = append(ours, time.Since(began).Seconds())
		seconds, err := e.cloneAndStart(ctx, round)
		if err != nil {
			return result{}, err
		}
		bare = append(bare, seconds)
	}
	return newResult("provision", "s", median(ours), "CREATE DATABASE … TEMPLATE + process start", median(bare)), nil
}

// createSolution returns when the solution is ready.
func (e *environment) createSolution(ctx context.Context, name string) error {
	if _, err := e.admin.CreateSolution(ctx, tenantName, client.NewSolution{Name: name}); err != nil {
		return err
	}
	server := client.NewServer{Name: name + "-1", Account: "bench-server", Node: e.server.Node}
	if _, err := e.admin.CreateServer(ctx, tenantName, name, groupName, server); err != nil {
		return err
	}
	for {
		solution, err := e.admin.Solution(ctx, tenantName, name)
		if err != nil {
			return err
		}
		switch tenants.ProvisioningState(solution.Provisioning.State) {
		case tenants.ProvisioningReady:
			servers, err := e.admin.Servers(ctx, tenantName, name, groupName)
			if err == nil && len(servers) == 1 && servers[0].Status.State == string(tenants.ServerRunning) {
				return nil
			}
		case tenants.ProvisioningFailed:
			return fmt.Errorf("provisioning failed: %s", solution.Provisioning.Reason)
		case tenants.ProvisioningRequested, tenants.ProvisioningRunning:
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// cloneAndStart clones an empty group database and runs the binary once.
func (e *environment) cloneAndStart(ctx context.Context, round int) (seconds float64, err error) {
	db, err := postgres.Open(ctx, e.platform.DatabaseURL, postgres.Options{MaxOpen: 1, Name: "bench"})
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	var template string
	if err := db.GetContext(ctx, &template, newestTemplate); err != nil {
		return 0, fmt.Errorf("find the template database: %w", err)
	}
	began := time.Now()
	clone := fmt.Sprintf("bench_clone_%d", round)
	if _, err := db.ExecContext(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", clone, template)); err != nil {
		return 0, fmt.Errorf("clone %s: %w", template, err)
	}
	if err := exec.CommandContext(ctx, e.executable, "version").Run(); err != nil { //nolint:gosec // our own binary
		return 0, fmt.Errorf("run %s version: %w", e.executable, err)
	}
	seconds = time.Since(began).Seconds()
	_, err = db.ExecContext(ctx, "DROP DATABASE "+clone)
	return seconds, err
}

// databaseURL is the URL of another database of the platform's PostgreSQL.
func (e *environment) databaseURL(name string) (string, error) {
	u, err := url.Parse(e.platform.DatabaseURL)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}
