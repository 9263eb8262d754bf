package temporalclient

import (
	"context"

	"go.temporal.io/sdk/client"
)

// EnsureNamespace registers the client's namespace with those search attributes
// of type Keyword, unless it is there with all of them, and returns once it can
// be used. Several callers at once are fine.
func EnsureNamespace(ctx context.Context, c client.Client, namespace string, attributes []string) error {
	panic("to come")
}
