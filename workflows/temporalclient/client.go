package temporalclient

import (
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// reconnect is how a lost connection is sought again: soon, since what waits for
// Temporal are people.
var reconnect = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
	MinConnectTimeout: 5 * time.Second,
}

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
		ConnectionOptions: client.ConnectionOptions{
			// Inputs are small, and each poll that is compressed at the same time as
			// others takes 0.8 MiB for it.
			GrpcCompression: &client.GrpcCompressionNone{},
			DialOptions:     []grpc.DialOption{grpc.WithConnectParams(reconnect)},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make client of Temporal at %s: %w", o.Address, err)
	}
	return c, nil
}
