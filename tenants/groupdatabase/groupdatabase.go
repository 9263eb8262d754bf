package groupdatabase

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

const (
	// statementTimeout is long because a clone waits for the disk.
	statementTimeout = time.Minute
	// connections bounds how many databases are made at once.
	connections = 4
)

// Cluster is the PostgreSQL cluster that the groups' databases are in.
type Cluster struct {
	db     *sqlx.DB
	url    *url.URL
	logger *slog.Logger
	// fingerprint of the schema, part of the template's name.
	fingerprint string
	// interrupt is called before and after each step; tests fail and die in it.
	interrupt func(point string) error
}

// Outcome says what Ensure found and did.
type Outcome struct {
	Created       bool  // the database was not there
	SchemaVersion int64 // after the call
}

// Open connects to the cluster by the URL of the control database, as the role
// that will make the groups' databases. It is to be closed.
func Open(ctx context.Context, controlURL string, logger *slog.Logger) (*Cluster, error) {
	u, err := url.Parse(controlURL)
	if err != nil {
		return nil, fmt.Errorf("the control database's URL is malformed")
	}
	db, err := postgres.Open(ctx, controlURL, postgres.Options{
		MaxOpen: connections, MaxIdle: 1, Name: "switchyard-provisioning", StatementTimeout: statementTimeout,
	})
	if err != nil {
		return nil, err
	}
	return &Cluster{
		db: db, url: u, logger: logger,
		fingerprint: migration.Fingerprint(migration.Solution),
		interrupt:   func(string) error { return nil },
	}, nil
}

// Close ends the connections to the cluster.
func (c *Cluster) Close() error { return c.db.Close() }

// Ensure brings a group's database, its roles, its schema and its grants to what
// they shall be, whatever an earlier call left behind. A second call changes
// nothing but the password's salt. Its errors are faults that say which step
// failed and why; Unavailable is worth another attempt.
func (c *Cluster) Ensure(ctx context.Context, want tenants.GroupCredentials) (Outcome, error) {
	template, err := c.ensureTemplate(ctx)
	if err != nil {
		return Outcome{}, err
	}
	m := &making{cluster: c, want: want, template: template}
	err = c.locked(ctx, want.Database, func(ctx context.Context, conn *sqlx.Conn) error {
		m.conn = conn
		return m.run(ctx)
	})
	if err != nil {
		return Outcome{}, err
	}
	if m.outcome.Created {
		c.logger.InfoContext(ctx, "created group database", "database", want.Database, "schema_version", m.outcome.SchemaVersion)
	}
	return m.outcome, nil
}

// inside runs fn on the database called name as its owner, so that what fn
// creates belongs to the owner of every clone of the database too.
func (c *Cluster) inside(ctx context.Context, name string, fn func(db *sqlx.DB) error) error {
	u := *c.url
	u.Path = "/" + name
	query := u.Query()
	query.Set("role", "pg_database_owner")
	u.RawQuery = query.Encode()
	// Without a time for statements: a migration takes as long as there are rows.
	db, err := postgres.Open(ctx, u.String(), postgres.Options{MaxOpen: 2, Name: "switchyard-provisioning"})
	if err != nil {
		return err
	}
	defer db.Close()
	return fn(db)
}

// migrate brings the schema of a database up to date and returns its version.
func migrate(ctx context.Context, db *sqlx.DB) (int64, error) {
	result, err := migration.Up(ctx, db.DB, migration.Solution)
	return result.To, err
}
