package temporalclient

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/switchyard/switchyard/internal/fault"
)

const (
	// retention is how long a closed workflow can be looked at.
	retention = 7 * 24 * time.Hour
	// usableWithin bounds the wait for all parts of Temporal to know a namespace.
	usableWithin = 30 * time.Second
	lookEvery    = 20 * time.Millisecond
)

// HasNamespace reports whether a namespace is registered.
func HasNamespace(ctx context.Context, c client.Client, namespace string) (bool, error) {
	_, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	var missing *serviceerror.NamespaceNotFound
	if errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}

// EnsureNamespace registers a namespace with those search attributes of type
// Keyword, unless it is there with all of them, and returns once it can be used.
// Several callers at once are fine. Its error is a fault of kind Unavailable
// when Temporal is away.
func EnsureNamespace(ctx context.Context, c client.Client, namespace string, attributes []string) error {
	ctx, cancel := context.WithTimeout(ctx, usableWithin)
	defer cancel()
	n := ensuring{client: c, namespace: namespace, attributes: attributes}
	for _, step := range []struct {
		name string
		do   func(ctx context.Context) error
	}{
		{"register", n.register},
		{"add search attributes to", n.addAttributes},
		{"use", n.use},
	} {
		if err := eventually(ctx, step.do); err != nil {
			return fault.New(fault.Unavailable, "temporal-unavailable", "cannot %s Temporal namespace %s", step.name, namespace).Because(err)
		}
	}
	return nil
}

type ensuring struct {
	client     client.Client
	namespace  string
	attributes []string
}

func (n ensuring) register(ctx context.Context) error {
	if there, err := HasNamespace(ctx, n.client, n.namespace); there || err != nil {
		return err
	}
	_, err := n.client.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        n.namespace,
		Description:                      "Made by Switchyard",
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	var exists *serviceerror.NamespaceAlreadyExists
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

func (n ensuring) addAttributes(ctx context.Context) error {
	service := n.client.OperatorService()
	present, err := service.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: n.namespace})
	if err != nil {
		return err
	}
	missing := make(map[string]enums.IndexedValueType)
	for _, name := range n.attributes {
		if _, there := present.GetCustomAttributes()[name]; !there {
			missing[name] = enums.INDEXED_VALUE_TYPE_KEYWORD
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = service.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: n.namespace, SearchAttributes: missing})
	var exists *serviceerror.AlreadyExists
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

// use asks each part of Temporal that has a register of namespaces of its own:
// visibility with the search attributes, matching, and history.
func (n ensuring) use(ctx context.Context) error {
	service := n.client.WorkflowService()
	_, err := service.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: n.namespace,
		Query:     strings.Join(n.attributes, " = 'none' AND ") + " = 'none'",
	})
	if err != nil {
		return fmt.Errorf("visibility: %w", err)
	}
	_, err = service.DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace: n.namespace, TaskQueue: &taskqueue.TaskQueue{Name: "none"},
	})
	if err != nil {
		return fmt.Errorf("matching: %w", err)
	}
	_, err = service.GetWorkflowExecutionHistory(ctx, &workflowservice.GetWorkflowExecutionHistoryRequest{
		Namespace: n.namespace, Execution: &common.WorkflowExecution{WorkflowId: "none"},
	})
	var missing *serviceerror.NotFound
	if err != nil && !errors.As(err, &missing) {
		return fmt.Errorf("history: %w", err)
	}
	return nil
}

// eventually repeats attempt until it succeeds or ctx ends; the error is that of
// the last attempt.
func eventually(ctx context.Context, attempt func(ctx context.Context) error) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		err := attempt(ctx)
		if err == nil || !isTransient(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}

// isTransient reports whether err may pass when a new namespace has become known
// to all parts of Temporal.
func isTransient(err error) bool {
	var (
		unknown *serviceerror.NamespaceNotFound
		missing *serviceerror.NotFound
		invalid *serviceerror.InvalidArgument // a search attribute is not known yet
	)
	return errors.As(err, &unknown) || errors.As(err, &missing) || errors.As(err, &invalid)
}
