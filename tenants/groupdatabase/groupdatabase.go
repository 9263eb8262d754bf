package groupdatabase

import (
	"context"
	"log/slog"

	"github.com/jmoiron/sqlx"
)

// Cluster is the PostgreSQL cluster that the groups' databases are in.
type Cluster struct {
	db     *sqlx.DB
	url    string
	logger *slog.Logger
}

// Database is one group's database as it shall be.
type Database struct {
	Name     string // tenants.ServerGroup.Database: "sw_" and 16 hex digits
	Password string // of the application role
}

// Outcome says what Ensure found and did.
type Outcome struct {
	Created       bool  // the database was not there
	SchemaVersion int64 // after the call
}

// New returns the cluster that db is connected to by databaseURL: the control
// plane's own database, as the role that will own the groups' databases.
func New(db *sqlx.DB, databaseURL string, logger *slog.Logger) *Cluster {
	return &Cluster{db: db, url: databaseURL, logger: logger}
}

// Ensure brings the database, its roles, its schema and its grants to what they
// shall be, whatever an earlier call left behind.
func (c *Cluster) Ensure(ctx context.Context, d Database) (Outcome, error) { panic("to come") }

// Drop removes the database and its roles, closing the connections to it. What
// is not there is no error.
func (c *Cluster) Drop(ctx context.Context, name string) error { panic("to come") }
