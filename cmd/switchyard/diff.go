package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/switchyard/switchyard/apply"
	"github.com/switchyard/switchyard/controlplane"
)

// diffCommand shows what apply would do.
type diffCommand struct {
	File string `short:"f" help:"A YAML file, or a folder with YAML files." placeholder:"PATH" type:"path" required:""`
	controlPlaneFlags
	Timeout time.Duration `help:"Give up after this time." default:"10m"`
}

// Run prints what is new with +, what would change with ~, and of design objects
// which fields.
func (c *diffCommand) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	set, err := readTenantFiles(c.File)
	if err != nil {
		return err
	}
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	would, err := apply.Diff(ctx, controlPlane, set, apply.Options{CheckProcess: controlplane.ProcessChecker{}.Check, Out: out})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "would be: %s\n", would)
	return nil
}
