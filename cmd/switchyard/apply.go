package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/switchyard/switchyard/apply"
	"github.com/switchyard/switchyard/controlplane"
)

// applyCommand brings tenant files into a control plane.
type applyCommand struct {
	File string `short:"f" help:"A YAML file, a folder with YAML files, or - for standard input." placeholder:"PATH" type:"path" required:""`
	controlPlaneFlags
	Wait    bool          `help:"Show provisioning until every solution of the files is ready or has failed."`
	Timeout time.Duration `help:"Give up after this time." default:"10m"`
}

// Run prints one line for each resource.
func (c *applyCommand) Run(ctx context.Context, out io.Writer) error {
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
	result, err := apply.Run(ctx, controlPlane, set, apply.Options{CheckProcess: controlplane.ProcessChecker{}.Check, Out: out})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, result)
	if !c.Wait {
		return nil
	}
	return apply.Wait(ctx, controlPlane, set, out)
}

// readTenantFiles reads a folder, or one file with what it names beneath its
// folder; "-" is standard input. Nothing outside of that folder is read.
func readTenantFiles(path string) (*apply.Set, error) {
	if path == "-" {
		return apply.ParseReader(os.Stdin, "standard input")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	folder := path
	if !info.IsDir() {
		folder = filepath.Dir(path)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if info.IsDir() {
		return apply.ParseDir(root.FS())
	}
	return apply.ParseFile(root.FS(), filepath.Base(path))
}
