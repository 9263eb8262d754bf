package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
)

// migrateCommand brings one database up to date.
type migrateCommand struct {
	DatabaseURL string        `help:"The database, as its owner: postgres://user:password@host:5432/name." placeholder:"URL" required:""`
	Line        string        `help:"Which schema it has: control, or solution for the database of a server group." enum:"control,solution" default:"control"`
	Check       bool          `help:"Change nothing; fail when the database is too old."`
	Timeout     time.Duration `help:"Give up after this time." default:"10m"`
}

// Run prints what was applied.
func (c *migrateCommand) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	db, err := postgres.Open(ctx, c.DatabaseURL, postgres.Options{MaxOpen: 2, Name: "switchyard-migrate"})
	if err != nil {
		return err
	}
	defer db.Close()

	line := migration.Line(c.Line)
	if c.Check {
		return migration.Check(ctx, db.DB, line)
	}
	result, err := migration.Up(ctx, db.DB, line)
	for _, name := range result.Applied {
		fmt.Fprintf(out, "applied %s\n", name)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s database is at version %d\n", line, result.To)
	return nil
}
