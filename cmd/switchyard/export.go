package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"time"

	"github.com/switchyard/switchyard/apply"
)

// exportCommand writes a tenant as the files that apply reads.
type exportCommand struct {
	Tenant  string `arg:"" help:"Tenant to write."`
	Channel string `help:"Write the design of this channel alone, with what all channels share." placeholder:"NAME"`
	File    string `short:"f" help:"File to write; without it the standard output." placeholder:"PATH" type:"path"`
	controlPlaneFlags
	Timeout time.Duration `help:"Give up after this time." default:"10m"`
}

// Run writes all or, after a failure, nothing.
func (c *exportCommand) Run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	controlPlane, err := c.client()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := apply.Export(ctx, controlPlane, c.Tenant, c.Channel, &text); err != nil {
		if c.Channel == "" {
			return noTenant(err, c.Tenant)
		}
		return explain(ctx, err, channelPath{c.Tenant, c.Channel}.steps(controlPlane)...)
	}
	if c.File != "" {
		return os.WriteFile(c.File, text.Bytes(), 0o600)
	}
	_, err = out.Write(text.Bytes())
	return err
}
