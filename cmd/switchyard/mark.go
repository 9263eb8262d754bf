package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/runtime/definition"
)

// markablePath is an argument that names a flowchart or a strategy:
// harborbank/web/strategies/deposits.
type markablePath struct {
	tenant string
	definition.Reference
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *markablePath) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), "/")
	for _, kind := range []definition.Kind{definition.KindFlowchart, definition.KindStrategy} {
		if len(parts) == 4 && parts[2] == kind.Plural() {
			p.tenant = parts[0]
			p.Reference = definition.Reference{Kind: kind, Channel: parts[1], Name: parts[3]}
			return nil
		}
	}
	return fmt.Errorf("%q: expected TENANT/CHANNEL/flowcharts/NAME or TENANT/CHANNEL/strategies/NAME", text)
}

// markFlags are common to mark and unmark.
type markFlags struct {
	Objects []markablePath `arg:"" help:"Flowcharts and strategies: TENANT/CHANNEL/flowcharts/NAME, TENANT/CHANNEL/strategies/NAME."`
	controlPlaneFlags
	Timeout time.Duration `help:"Give up after this time." default:"1m"`
}

func (f markFlags) each(ctx context.Context, do func(context.Context, client.Designs[json.RawMessage], string) error) error {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	controlPlane, err := f.client()
	if err != nil {
		return err
	}
	for _, o := range f.Objects {
		if err := do(ctx, client.RawDesigns(controlPlane, o.tenant, o.Channel, o.Kind), o.Name); err != nil {
			return fmt.Errorf("%s/%s: %w", o.tenant, o.Reference, explain(ctx, err, o.steps(controlPlane)...))
		}
	}
	return nil
}

// markCommand marks for deployment or undeployment.
type markCommand struct {
	markFlags
	Off bool `help:"Mark for undeployment: with the next deployment they are switched off."`
}

// Run prints one line for each object.
func (c *markCommand) Run(ctx context.Context, out io.Writer) error {
	what := design.ForDeployment
	if c.Off {
		what = design.ForUndeployment
	}
	return c.each(ctx, func(ctx context.Context, objects client.Designs[json.RawMessage], name string) error {
		_, err := objects.Mark(ctx, name, client.AnyVersion, string(what))
		if err == nil {
			fmt.Fprintf(out, "marked for %s: %s\n", what, name)
		}
		return err
	})
}

// unmarkCommand cancels marks.
type unmarkCommand struct{ markFlags }

// Run prints one line for each object.
func (c *unmarkCommand) Run(ctx context.Context, out io.Writer) error {
	return c.each(ctx, func(ctx context.Context, objects client.Designs[json.RawMessage], name string) error {
		_, err := objects.Unmark(ctx, name, client.AnyVersion)
		if err == nil {
			fmt.Fprintf(out, "not marked any more: %s\n", name)
		}
		return err
	})
}
