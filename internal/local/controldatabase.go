package local

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/internal/postgres"
)

// controlName is the name of the control database and of the role that owns it.
const controlName = "switchyard_control"

// prepareControlDatabase returns the URL of the control database.
//
// For a superuser's URL it makes the role and the database unless they are there:
// row level security does not bind a superuser, so that the control plane must
// not be one. For any other role, the URL is that of the control database
// itself. In a server that is ours, a password that was lost is set anew.
func prepareControlDatabase(ctx context.Context, databaseURL, password string, ours bool) (string, error) {
	db, err := postgres.Open(ctx, databaseURL, postgres.Options{MaxOpen: 1, Name: "switchyard-local"})
	if err != nil {
		return "", err
	}
	defer db.Close()
	var role struct {
		Super      bool `db:"rolsuper"`
		CreateDB   bool `db:"rolcreatedb"`
		CreateRole bool `db:"rolcreaterole"`
	}
	if err := db.GetContext(ctx, &role, "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"); err != nil {
		return "", fmt.Errorf("read the role's rights: %w", err)
	}
	if !role.Super {
		if !role.CreateDB || !role.CreateRole {
			return "", errors.New("the role of --database-url needs CREATEDB and CREATEROLE, to make the databases of server groups")
		}
		return databaseURL, nil
	}
	own, err := withRole(databaseURL, password)
	if err != nil {
		return "", err
	}
	if err := prepareControlRole(ctx, db, password, ours); err != nil {
		return "", err
	}
	if err := createControlDatabase(ctx, db); err != nil {
		return "", err
	}
	if ours {
		// The roles of server groups have no business in the databases that initdb made.
		if _, err := db.ExecContext(ctx, "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC"); err != nil {
			return "", fmt.Errorf("close the server's own databases to others: %w", err)
		}
	}
	return own, logIn(ctx, own)
}

// prepareControlRole makes the role. The one of another platform on the same
// server is left alone: its password is not ours to change.
func prepareControlRole(ctx context.Context, db *sqlx.DB, password string, ours bool) error {
	exists, err := has(ctx, db, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", controlName)
	if err != nil || (exists && !ours) {
		return err
	}
	verb := "CREATE"
	if exists {
		verb = "ALTER"
	}
	// The statement holds a password: it must not come into the server's log.
	if _, err := db.ExecContext(ctx, "SET log_statement = 'none'; SET log_min_error_statement = 'panic'; SET log_min_duration_statement = -1"); err != nil {
		return fmt.Errorf("keep the password out of the server's log: %w", err)
	}
	statement := verb + " ROLE " + controlName + " LOGIN CREATEDB CREATEROLE NOSUPERUSER PASSWORD " + pq.QuoteLiteral(password)
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("make role %s: %w", controlName, err)
	}
	return nil
}

func createControlDatabase(ctx context.Context, db *sqlx.DB) error {
	exists, err := has(ctx, db, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", controlName)
	if err != nil || exists {
		return err
	}
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+controlName+" OWNER "+controlName+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return fmt.Errorf("create database %s: %w", controlName, err)
	}
	if _, err := db.ExecContext(ctx, "REVOKE ALL ON DATABASE "+controlName+" FROM PUBLIC"); err != nil {
		return fmt.Errorf("close database %s to others: %w", controlName, err)
	}
	return nil
}

func has(ctx context.Context, db *sqlx.DB, query, name string) (bool, error) {
	var there bool
	if err := db.GetContext(ctx, &there, query, name); err != nil {
		return false, fmt.Errorf("look for %s: %w", name, err)
	}
	return there, nil
}

// withRole returns the URL of the control database as its owner, on the server of
// databaseURL.
func withRole(databaseURL, password string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "", errors.New("the database URL is malformed")
	}
	u.User = url.UserPassword(controlName, password)
	u.Path = "/" + controlName
	return u.String(), nil
}

func logIn(ctx context.Context, databaseURL string) error {
	db, err := postgres.Open(ctx, databaseURL, postgres.Options{MaxOpen: 1, Name: "switchyard-local"})
	var pqErr *pq.Error
	if errors.As(err, &pqErr) && pqErr.Code.Class() == "28" { // invalid_authorization_specification
		return fmt.Errorf("role %s is there with another password: name the control database with --database-url as that role: %w", controlName, err)
	}
	if err != nil {
		return err
	}
	return db.Close()
}
