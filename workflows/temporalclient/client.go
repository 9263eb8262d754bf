package temporalclient

import (
	"fmt"
	"log/slog"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

// Options says where Temporal is.
type Options struct {
	Address   string // host:port
	Namespace string
	// Identity is shown to workflow engineers as who did something: "control",
	// "node/node-1", "server/cards-1".
	Identity string
	Logger   *slog.Logger
}

// New returns a client that connects at its first call, so that it can be made
// while Temporal is away. It is to be closed.
func New(o Options) (client.Client, error) {
	c, err := client.NewLazyClient(client.Options{
		HostPort:  o.Address,
		Namespace: o.Namespace,
		Identity:  o.Identity,
		Logger:    log.NewStructuredLogger(o.Logger),
	})
	if err != nil {
		return nil, fmt.Errorf("make client of Temporal at %s: %w", o.Address, err)
	}
	return c, nil
}
