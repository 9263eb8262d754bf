package temporaltest

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Variable names the environment variable with the address of the server.
const Variable = "SWITCHYARD_TEST_TEMPORAL_ADDRESS"

const (
	usableWithin = 30 * time.Second
	probeEvery   = 25 * time.Millisecond
)

// keywords are the search attributes of Switchyard's workflows.
var keywords = []string{"Tenant", "Solution", "ServerGroup", "BusinessProcess", "Queue", "MediaType", "Channel"}

// Address returns the host and port of the server.
func Address(t testing.TB) string {
	t.Helper()
	address := os.Getenv(Variable)
	if address == "" {
		t.Fatalf("%s is not set: run `./task test`, or `./task services` in another terminal and export what it prints", Variable)
	}
	return address
}

// Namespace registers a namespace with the search attributes, waits until every
// part of the server knows it, and returns it with the server's address.
func Namespace(t testing.TB) (address, namespace string) {
	t.Helper()
	address, namespace = Address(t), "test-"+strings.ToLower(rand.Text())
	ctx, cancel := context.WithTimeout(t.Context(), usableWithin)
	defer cancel()

	c := dial(ctx, t, address, namespace)
	_, err := c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	attributes := make(map[string]enums.IndexedValueType, len(keywords))
	for _, name := range keywords {
		attributes[name] = enums.INDEXED_VALUE_TYPE_KEYWORD
	}
	eventually(ctx, t, "add search attributes", func() error {
		_, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace: namespace, SearchAttributes: attributes,
		})
		var exists *serviceerror.AlreadyExists
		if errors.As(err, &exists) {
			return nil
		}
		return err
	})
	awaitUsable(ctx, t, c, namespace)
	return address, namespace
}

// Client returns a client of a namespace of its own, closed when the test ends.
func Client(t testing.TB) client.Client {
	t.Helper()
	address, namespace := Namespace(t)
	return dial(t.Context(), t, address, namespace)
}

// awaitUsable asks each part of the server that keeps its own register of
// namespaces: visibility with the search attributes, matching, and history.
func awaitUsable(ctx context.Context, t testing.TB, c client.Client, namespace string) {
	t.Helper()
	query := strings.Join(keywords, " = 'x' AND ") + " = 'x'"
	eventually(ctx, t, "visibility", func() error {
		_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: query})
		return err
	})
	eventually(ctx, t, "matching", func() error {
		_, err := c.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
			Namespace: namespace,
			TaskQueue: &taskqueue.TaskQueue{Name: "probe"},
		})
		return err
	})
	eventually(ctx, t, "history", func() error {
		_, err := c.DescribeWorkflowExecution(ctx, "probe", "")
		var missing *serviceerror.NotFound
		if errors.As(err, &missing) {
			return nil
		}
		return err
	})
}

func dial(ctx context.Context, t testing.TB, address, namespace string) client.Client {
	t.Helper()
	c, err := client.DialContext(ctx, client.Options{HostPort: address, Namespace: namespace, Logger: quiet{}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// eventually repeats attempt until it succeeds or ctx ends.
func eventually(ctx context.Context, t testing.TB, what string, attempt func() error) {
	t.Helper()
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for {
		err := attempt()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			require.NoError(t, err, "namespace is not usable: "+what)
		case <-ticker.C:
		}
	}
}

// quiet keeps the SDK's log out of the tests' output.
type quiet struct{}

var _ log.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
