package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/profiles"
)

// profilesCommand has what is done with profiles.
type profilesCommand struct {
	Load   loadProfilesCommand `cmd:"" help:"Load profiles, or a list of customers, out of a CSV file into the tables of a server group."`
	Show   showProfileCommand  `cmd:"" help:"Show what a server group keeps of a customer: the profile, overrides and blocked offers."`
	Forget forgetCommand       `cmd:"" help:"Delete the profile, overrides and blocked offers of a customer."`
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
	List  string    `help:"What the rows are: profiles, overrides, blocks, or defaults. Rows of overrides have the key, offer, score, and adds, final, zone, segment and when; of blocks the key and offer; of defaults offer and score." enum:"profiles,overrides,blocks,defaults" default:"profiles"`
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
		loaded, err := c.load(ctx, controlPlane, client.ProfileBatch{CSV: batch.Text})
		if err != nil {
			return explain(ctx, err, c.Group.inLevel(controlPlane, c.Level)...)
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
	fmt.Fprintf(out, "%d %s of level %s are loaded into %s/%s\n", total.Loaded, c.List, c.Level, c.Group.solution, c.Group.group)
	if len(total.UnknownColumns) > 0 {
		fmt.Fprintf(out, "columns that the level does not have: %s\n", strings.Join(total.UnknownColumns, ", "))
	}
	showBroken(total.BrokenRows, total.Broken, out)
	if total.Broken > 0 {
		return errReported
	}
	return nil
}

func (c *loadProfilesCommand) load(ctx context.Context, controlPlane *client.Client, batch client.ProfileBatch) (client.LoadedProfiles, error) {
	if c.List == "profiles" {
		return controlPlane.LoadProfiles(ctx, c.Group.tenant, c.Group.solution, c.Group.group, c.Level, batch)
	}
	return controlPlane.LoadCustomerList(ctx, c.Group.tenant, c.Group.solution, c.Group.group, c.Level, c.List, batch)
}

// ofCustomer are the flags of commands about one customer.
type ofCustomer struct {
	Key   string    `arg:"" help:"Canonical key: the value of the key's one attribute, or a JSON array of texts where it has several."`
	Group groupPath `help:"Server group: TENANT/SOLUTION/GROUP." required:""`
	Level string    `help:"Audience level." required:""`
	controlPlaneFlags
}

// explain says what is missing: something on the way to the customer, or the customer.
func (c ofCustomer) explain(ctx context.Context, controlPlane *client.Client, err error) error {
	steps := append(c.Group.inLevel(controlPlane, c.Level), step{
		"audience level " + c.Level + " in " + c.Group.solution + "/" + c.Group.group, "customer", c.Key,
		func(context.Context) ([]string, error) { return nil, nil },
	})
	return explain(ctx, err, steps...)
}

type showProfileCommand struct{ ofCustomer }

// Run prints JSON.
func (c *showProfileCommand) Run(ctx context.Context, out io.Writer) error {
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	var shown struct {
		Profile *client.Profile       `json:"profile,omitempty"`
		Lists   *client.CustomerLists `json:"lists,omitempty"`
	}
	err = eitherOf(func() error {
		profile, err := controlPlane.Profile(ctx, c.Group.tenant, c.Group.solution, c.Group.group, c.Level, c.Key)
		if err == nil {
			shown.Profile = &profile
		}
		return err
	}, func() error {
		lists, err := controlPlane.CustomerLists(ctx, c.Group.tenant, c.Group.solution, c.Group.group, c.Level, c.Key)
		if err == nil {
			shown.Lists = &lists
		}
		return err
	})
	if err != nil {
		return c.explain(ctx, controlPlane, err)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(shown)
}

type forgetCommand struct{ ofCustomer }

// Run says that it was done.
func (c *forgetCommand) Run(ctx context.Context, out io.Writer) error {
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	err = eitherOf(func() error {
		return controlPlane.DeleteProfile(ctx, c.Group.tenant, c.Group.solution, c.Group.group, c.Level, c.Key)
	}, func() error {
		return controlPlane.DeleteCustomerLists(ctx, c.Group.tenant, c.Group.solution, c.Group.group, c.Level, c.Key)
	})
	if err != nil {
		return c.explain(ctx, controlPlane, err)
	}
	fmt.Fprintln(out, "the profile, overrides and blocked offers of the customer are deleted")
	return nil
}

// eitherOf makes both calls; one of them may find nothing.
func eitherOf(one, other func() error) error {
	missing := one()
	if missing != nil && !client.IsStatus(missing, http.StatusNotFound) {
		return missing
	}
	if err := other(); missing != nil || !client.IsStatus(err, http.StatusNotFound) {
		return err
	}
	return nil
}
