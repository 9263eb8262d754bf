package provisioning

import (
	"context"
	"log/slog"
)

// condition logs when something begins to fail and when it works again, and not
// each attempt between.
type condition struct {
	logger        *slog.Logger
	failing, well string
	isFailing     bool
}

func (c *condition) note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !c.isFailing:
		c.isFailing = true
		c.logger.WarnContext(ctx, c.failing, "error", err)
	case err == nil && c.isFailing:
		c.isFailing = false
		c.logger.InfoContext(ctx, c.well)
	}
}
