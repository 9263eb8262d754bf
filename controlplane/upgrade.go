package controlplane

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/internal/outage"
	"github.com/switchyard/switchyard/internal/sleep"
)

// upgradePause is between attempts while the cluster of the groups is away.
const upgradePause = time.Second

// upgrade has every solution provisioned again when the schema of the groups'
// databases is newer than any of them: provisioning brings them to it, and their
// servers do not start before.
func (c *conductor) upgrade(ctx context.Context) {
	attempts := outage.New(c.logger, "cannot look whether the groups' databases are up to date", "looked whether the groups' databases are up to date")
	for {
		err := c.cluster.Upgrade(ctx, c.directory.RequestAllProvisionings)
		attempts.Note(ctx, err)
		if err == nil || !sleep.For(ctx, upgradePause) {
			return
		}
	}
}
