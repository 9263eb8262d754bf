package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/profiles"
)

// profilesCommand has what is done with profiles.
type profilesCommand struct {
	Load loadProfilesCommand `cmd:"" help:"Load profiles out of a CSV file into the table of a server group."`
}

// groupPath is an argument that names a server group: harborbank/cards/staging.
type groupPath struct{ tenant, solution, group string }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *groupPath) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), "/")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return fmt.Errorf("%q: expected TENANT/SOLUTION/GROUP, such as harborbank/cards/staging", text)
	}
	p.tenant, p.solution, p.group = parts[0], parts[1], parts[2]
	return nil
}

// loadProfilesCommand loads a CSV file of any size in batches.
type loadProfilesCommand struct {
	File  string    `arg:"" help:"CSV file: a header with names of attributes, then a row for each profile." type:"existingfile"`
	Group groupPath `help:"Server group: TENANT/SOLUTION/GROUP." required:""`
	Level string    `help:"Audience level of the profiles." required:""`
	controlPlaneFlags
	Timeout time.Duration `help:"Give up after this time; loading again is harmless." default:"30m"`
}

// Run prints how many were loaded and which rows were not.
func (c *loadProfilesCommand) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := profiles.NewBatches(file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	var total client.LoadedProfiles
	for {
		batch, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		loaded, err := controlPlane.LoadProfiles(ctx, c.Group.tenant, c.Group.solution, c.Group.group, c.Level, client.ProfileBatch{CSV: batch.Text})
		if err != nil {
			return err
		}
		total.Loaded += loaded.Loaded
		total.Broken += loaded.Broken
		total.UnknownColumns = loaded.UnknownColumns
		for _, row := range loaded.BrokenRows {
			row.Line = batch.Line(row.Line)
			total.BrokenRows = append(total.BrokenRows, row)
		}
		total.BrokenRows = total.BrokenRows[:min(len(total.BrokenRows), profiles.MaxProblems)]
	}
	fmt.Fprintf(out, "%d profiles of level %s are loaded into %s/%s\n", total.Loaded, c.Level, c.Group.solution, c.Group.group)
	if len(total.UnknownColumns) > 0 {
		fmt.Fprintf(out, "columns that the level does not have: %s\n", strings.Join(total.UnknownColumns, ", "))
	}
	showBroken(total.BrokenRows, total.Broken, out)
	if total.Broken > 0 {
		return errReported
	}
	return nil
}
