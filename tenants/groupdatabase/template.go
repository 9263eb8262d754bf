package groupdatabase

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/migration"
)

// Upgrade calls provisionAll when no group's database has come to this binary's
// schema in this cluster yet, and remembers that it did. A crash in between makes
// the next call do it again.
func (c *Cluster) Upgrade(ctx context.Context, provisionAll func(ctx context.Context) error) error {
	name, err := c.templateName(ctx)
	if err != nil {
		return err
	}
	// The template is made by whatever first needs one of this schema.
	finished, err := templateFinished(ctx, c.db, name)
	if err != nil || finished {
		return err
	}
	if err := provisionAll(ctx); err != nil {
		return err
	}
	_, err = c.ensureTemplate(ctx)
	return err
}

// ensureTemplate returns the name of the migrated database that groups'
// databases are cloned from, after making it if it is missing. It is finished
// when it is marked as a template, in the same statement that closes it to
// connections; anything less is thrown away and made anew.
func (c *Cluster) ensureTemplate(ctx context.Context) (string, error) {
	name, err := c.templateName(ctx)
	if err != nil {
		return "", err
	}
	if finished, err := templateFinished(ctx, c.db, name); finished || err != nil {
		return name, err
	}
	return name, c.locked(ctx, name, func(ctx context.Context, conn *sqlx.Conn) error {
		if finished, err := templateFinished(ctx, conn, name); finished || err != nil {
			return err
		}
		return c.makeTemplate(ctx, conn, name)
	})
}

// templateName depends on the schema, and on the role, since two installations
// may share a cluster and cannot clone what the other owns.
func (c *Cluster) templateName(ctx context.Context) (string, error) {
	var role string
	if err := c.db.GetContext(ctx, &role, "SELECT current_user"); err != nil {
		return "", failed("connect to PostgreSQL", "template", err)
	}
	sum := sha256.Sum256([]byte(c.fingerprint + "/" + role))
	return fmt.Sprintf("sw_template_%d_%s", migration.Needed(migration.Solution), hex.EncodeToString(sum[:6])), nil
}

func templateFinished(ctx context.Context, q sqlx.QueryerContext, name string) (bool, error) {
	var finished bool
	err := sqlx.GetContext(ctx, q, &finished,
		"SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate AND NOT datallowconn)", name)
	if err != nil {
		return false, failed("look for the template", name, err)
	}
	return finished, nil
}

func (c *Cluster) makeTemplate(ctx context.Context, conn *sqlx.Conn, name string) error {
	quoted := pq.QuoteIdentifier(name)
	for _, s := range []step{
		{"drop the half-made template", func(ctx context.Context) error {
			return execute(ctx, conn, "DROP DATABASE IF EXISTS "+quoted+" WITH (FORCE)")
		}},
		{"create the template", func(ctx context.Context) error {
			return execute(ctx, conn, "CREATE DATABASE "+quoted+" TEMPLATE template0")
		}},
		{"close the template to the public", func(ctx context.Context) error {
			return execute(ctx, conn, "REVOKE ALL ON DATABASE "+quoted+" FROM PUBLIC")
		}},
		{"migrate the template", func(ctx context.Context) error {
			return c.inside(ctx, name, func(db *sqlx.DB) error {
				_, err := migrate(ctx, db)
				return err
			})
		}},
		{"finish the template", func(ctx context.Context) error {
			return execute(ctx, conn, "ALTER DATABASE "+quoted+" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false")
		}},
	} {
		if err := c.take(ctx, s, name); err != nil {
			return err
		}
	}
	return nil
}
