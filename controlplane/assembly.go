package controlplane

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/accessgroups/accessgroupspg"
	"github.com/switchyard/switchyard/accessgroups/casbinauthz"
	"github.com/switchyard/switchyard/api"
	"github.com/switchyard/switchyard/audit/auditpg"
	"github.com/switchyard/switchyard/businessprocesses"
	"github.com/switchyard/switchyard/businessprocesses/businessprocessespg"
	"github.com/switchyard/switchyard/contacthistory/contacthistorypg"
	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/deployments/deploymentspg"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/design/designpg"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/controldb"
	"github.com/switchyard/switchyard/internal/idempotency"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/internal/secret"
	"github.com/switchyard/switchyard/internal/signingkeys"
	"github.com/switchyard/switchyard/internal/telemetry"
	"github.com/switchyard/switchyard/serverconfiguration"
	"github.com/switchyard/switchyard/serverconfiguration/serverconfigurationpg"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/tenants/tenantspg"
	"github.com/switchyard/switchyard/testruns"
	"github.com/switchyard/switchyard/testruns/testrunspg"
)

// Bounds of the connections to the control database.
const (
	maxConnections   = 16
	statementTimeout = 15 * time.Second
)

// tidyInterval is how often what is kept for a time only is deleted.
const tidyInterval = time.Hour

// parts are what a running control plane consists of.
type parts struct {
	pool      *sqlx.DB
	rest      *rest.API
	ops       *telemetry.Ops
	conductor *conductor
	answers   *idempotency.Store
	deployed  *deployments.Service
	logger    *slog.Logger
}

func (p *parts) close() {
	p.conductor.close()
	_ = p.pool.Close()
}

// tidy deletes what is kept for a time only, until ctx ends.
func (p *parts) tidy(ctx context.Context) error {
	ticker := time.NewTicker(tidyInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if _, err := p.answers.Tidy(ctx); err != nil && ctx.Err() == nil {
				p.logger.Warn("kept answers not tidied", "error", err)
			}
			if _, err := p.deployed.Tidy(ctx); err != nil && ctx.Err() == nil {
				p.logger.Warn("packages not tidied", "error", err)
			}
		}
	}
}

// assemble opens the database, makes sure of its schema, of the platform's
// account and of the keys, and builds the rest over it.
func assemble(ctx context.Context, o Options, url string) (*parts, error) {
	box, err := secret.NewBox(o.EncryptionKey)
	if err != nil {
		return nil, err
	}
	pool, err := openDatabase(ctx, o)
	if err != nil {
		return nil, err
	}
	p, err := build(ctx, o, url, pool, box)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return p, nil
}

// openDatabase returns the control database with the schema that this binary
// needs.
func openDatabase(ctx context.Context, o Options) (*sqlx.DB, error) {
	pool, err := postgres.Open(ctx, o.DatabaseURL, postgres.Options{
		MaxOpen: maxConnections, Name: "switchyard control-plane", StatementTimeout: statementTimeout,
	})
	if err != nil {
		return nil, err
	}
	if err := prepareDatabase(ctx, pool, o); err != nil {
		return nil, errors.Join(fmt.Errorf("control database: %w", err), pool.Close())
	}
	return pool, nil
}

func prepareDatabase(ctx context.Context, pool *sqlx.DB, o Options) error {
	if err := postgres.CheckDurability(ctx, pool); err != nil {
		return err
	}
	if o.NoMigrate {
		return migration.Check(ctx, pool.DB, migration.Control)
	}
	result, err := migration.Up(ctx, pool.DB, migration.Control)
	if err != nil {
		return err
	}
	if len(result.Applied) > 0 {
		o.Logger.Info("control database migrated", "applied", result.Applied, "version", result.To)
	}
	return nil
}

func build(ctx context.Context, o Options, url string, pool *sqlx.DB, box *secret.Box) (*parts, error) {
	db := controldb.New(pool)
	directory := tenants.NewService(tenantspg.New(db), box, tenants.Options{
		Roles:            accessgroups.RoleRules(),
		GroupDatabaseURL: o.groupDatabaseURL(),
		ControlPlaneURL:  url,
		TemporalAddress:  o.TemporalAddress,
	})
	if err := directory.BootstrapPlatform(ctx, o.PlatformKey); err != nil {
		return nil, fmt.Errorf("platform administrator: %w", err)
	}
	keys, err := signingkeys.Load(ctx, db, box)
	if err != nil {
		return nil, err
	}
	verifier := authentication.NewVerifier(authentication.ControlPlane, nil)
	if err := verifier.SetKeys(verificationKeys(keys)); err != nil {
		return nil, err
	}
	reportVerifier := authentication.NewVerifier(authentication.Reports, nil)
	if err := reportVerifier.SetKeys(verificationKeys(keys)); err != nil {
		return nil, err
	}
	access := accessgroupspg.New(db)
	answers := idempotency.New(db)
	registry := telemetry.NewRegistry()
	designs := design.NewService(designpg.New(db), directory)
	groups := newGroupDatabases(o.groupDatabaseURL(), directory)
	var conductor *conductor
	processes := businessprocesses.NewService(businessprocessespg.New(db), ProcessChecker{})
	deployed := deployments.NewService(deploymentspg.New(db), designs, directory, deployments.Options{
		Reports:      groups,
		Processes:    processGrants{processes, access},
		KeptPackages: o.KeptPackages,
		Cancelled:    func(ctx context.Context, d deployments.Deployment) { conductor.stop(ctx, d) },
	})
	designs.Protect(deployed)
	tests := testruns.NewService(testrunspg.New(db), designs, directory, testBenches{groups})
	past := contacthistorypg.New(db)
	surface := api.New(api.Services{
		Tenants:        directory,
		AccessGroups:   accessgroups.NewService(access),
		Processes:      processes,
		Design:         designs,
		Deployments:    deployed,
		TestRuns:       tests,
		History:        past,
		Configurations: serverconfiguration.New(serverconfigurationpg.New(db), configurationKeys(keys)),
		Audit:          auditpg.New(db),
		Authorizer:     casbinauthz.New(access),
		Issuer:         authentication.NewIssuer(keys[0], nil),
		Verifier:       verifier,
		ReportVerifier: reportVerifier,
	}, api.Options{
		Version:     telemetry.ReadBuild().Version,
		Idempotency: answers,
		Logger:      o.Logger,
		Registry:    registry,
	})
	if conductor, err = newConductor(ctx, o, directory, deployed, tests, past, groups); err != nil {
		return nil, err
	}
	ops := telemetry.NewOps(registry, o.Logger)
	ops.AddCheck("database", func(ctx context.Context) error { return postgres.Classify(pool.PingContext(ctx)) })
	return &parts{pool: pool, rest: surface, ops: ops, conductor: conductor, answers: answers, deployed: deployed, logger: o.Logger}, nil
}

// verificationKeys are the public halves; the newest key signs, older ones still
// verify.
func verificationKeys(keys []authentication.SigningKey) []authentication.VerificationKey {
	public := make([]authentication.VerificationKey, len(keys))
	for i, key := range keys {
		public[i] = key.Verification()
	}
	return public
}

// configurationKeys are the same for the servers' configurations.
func configurationKeys(keys []authentication.SigningKey) []configuration.VerificationKey {
	public := make([]configuration.VerificationKey, len(keys))
	for i, key := range verificationKeys(keys) {
		public[i] = configuration.VerificationKey{ID: key.ID, Public: key.Public}
	}
	return public
}
