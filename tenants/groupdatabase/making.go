package groupdatabase

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/tenants"
)

// The connections of one group's servers are bounded, so that they cannot take
// those of another's: for each server a pool with some to spare while it is
// replaced, and a few for deployments.
const (
	connectionsPerServer = 12
	connectionsBeside    = 20
)

func connectionLimit(servers int) int {
	return connectionsBeside + connectionsPerServer*max(servers, 1)
}

// roleSettings end what a server leaves hanging. The role can override them: the
// servers' own deadlines are the first line.
var roleSettings = []string{
	"statement_timeout = '30s'",
	"lock_timeout = '10s'",
	"idle_in_transaction_session_timeout = '30s'",
}

// making is one run over one database.
type making struct {
	cluster  *Cluster
	conn     *sqlx.Conn // holds the lock; outside of the database
	want     tenants.GroupCredentials
	template string
	outcome  Outcome
}

// step is a part of the work that can be repeated without harm.
type step struct {
	name string // "create the database"
	do   func(ctx context.Context) error
}

func (m *making) run(ctx context.Context) error {
	for _, s := range []step{
		{"create the owner role", m.ownerRole},
		{"create the application role", m.applicationRole},
		{"clone the database", m.clone},
		{"close the database to the public", m.access},
		{"open the database", m.open},
		{"bring the schema up to date", m.schema},
	} {
		if err := m.cluster.take(ctx, s, m.want.Database); err != nil {
			return err
		}
	}
	return nil
}

// take runs one step on the object called name.
func (c *Cluster) take(ctx context.Context, s step, name string) error {
	if err := c.interrupt("before: " + s.name); err != nil {
		return failed(s.name, name, err)
	}
	if err := s.do(ctx); err != nil {
		return failed(s.name, name, err)
	}
	if err := c.interrupt("after: " + s.name); err != nil {
		return failed(s.name, name, err)
	}
	return nil
}

// ownerRole makes the role that owns the database and what is in it. The control
// plane's role is a member, so that it can migrate; nobody can log in as it.
func (m *making) ownerRole(ctx context.Context) error {
	if err := m.createRole(ctx, m.want.Owner); err != nil {
		return err
	}
	owner := pq.QuoteIdentifier(m.want.Owner)
	return execute(ctx, m.conn, "GRANT "+owner+" TO CURRENT_USER")
}

// applicationRole makes the role that the group's servers log in as.
func (m *making) applicationRole(ctx context.Context) error {
	if err := m.createRole(ctx, m.want.Role); err != nil {
		return err
	}
	verifier, err := scramVerifier(m.want.Password)
	if err != nil {
		return err
	}
	role := pq.QuoteIdentifier(m.want.Role)
	statements := []string{fmt.Sprintf("ALTER ROLE %s LOGIN CONNECTION LIMIT %d PASSWORD %s",
		role, connectionLimit(m.want.Servers), pq.QuoteLiteral(verifier))}
	for _, setting := range roleSettings {
		statements = append(statements, "ALTER ROLE "+role+" SET "+setting)
	}
	return execute(ctx, m.conn, statements...)
}

func (m *making) createRole(ctx context.Context, name string) error {
	var there bool
	if err := m.conn.GetContext(ctx, &there, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name); err != nil || there {
		return err
	}
	return execute(ctx, m.conn, "CREATE ROLE "+pq.QuoteIdentifier(name)+" NOLOGIN")
}

// clone creates the database, closed to connections until its access is right.
func (m *making) clone(ctx context.Context) error {
	name := pq.QuoteIdentifier(m.want.Database)
	var limit int
	err := m.conn.GetContext(ctx, &limit, "SELECT datconnlimit FROM pg_database WHERE datname = $1", m.want.Database)
	switch {
	case err == nil && limit != invalidDatabase:
		return nil
	case err == nil:
		if err := execute(ctx, m.conn, "DROP DATABASE "+name); err != nil {
			return err
		}
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	m.outcome.Created = true
	return execute(ctx, m.conn, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s OWNER %s ALLOW_CONNECTIONS false",
		name, pq.QuoteIdentifier(m.template), pq.QuoteIdentifier(m.want.Owner)))
}

// invalidDatabase is the connection limit of a database whose DROP was cut off;
// it can only be dropped.
const invalidDatabase = -2

func (m *making) access(ctx context.Context) error {
	database := pq.QuoteIdentifier(m.want.Database)
	return execute(ctx, m.conn,
		"REVOKE ALL ON DATABASE "+database+" FROM PUBLIC",
		"GRANT CONNECT ON DATABASE "+database+" TO "+pq.QuoteIdentifier(m.want.Role))
}

func (m *making) open(ctx context.Context) error {
	return execute(ctx, m.conn, "ALTER DATABASE "+pq.QuoteIdentifier(m.want.Database)+" WITH ALLOW_CONNECTIONS true")
}

// schema migrates a database that is older than this binary, and gives the
// application role the rows of all tables but that of the schema's version,
// which it may read.
func (m *making) schema(ctx context.Context) error {
	return m.cluster.inside(ctx, m.want.Database, func(db *sqlx.DB) error {
		version, err := migrate(ctx, db)
		if err != nil {
			return err
		}
		m.outcome.SchemaVersion = version
		return execute(ctx, db, grants(m.want.Role)...)
	})
}

func grants(role string) []string {
	role = pq.QuoteIdentifier(role)
	return []string{strings.Join([]string{
		"GRANT USAGE ON SCHEMA public TO " + role,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role,
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO " + role,
		"REVOKE INSERT, UPDATE, DELETE ON goose_db_version FROM " + role,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO " + role,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO " + role,
	}, "; ")}
}

// execute runs statements one after another; each may be several, in one
// transaction, separated by semicolons.
func execute(ctx context.Context, db sqlx.ExecerContext, statements ...string) error {
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
