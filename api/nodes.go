package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/tenants"
)

// InNode is the input of what is done to a node.
type InNode struct {
	Node string `path:"node" maxLength:"63" doc:"Name of the node"`
}

func (h *handlers) registerNodes(a *rest.API) {
	rest.Handle(a, rest.Operation{
		ID: "list-nodes", Method: http.MethodGet, Path: "/v1/nodes", Tag: "Nodes", Summary: "List the nodes",
		Action: string(accessgroups.ViewNodes),
	}, h.listNodes)
	rest.Handle(a, rest.Operation{
		ID: "report-node", Method: http.MethodPut, Path: "/v1/nodes/{node}", Tag: "Nodes", Summary: "Report how a node and its servers are",
		Description: "For the node's own account, whose name is the node's. What it says of servers that are not assigned to it is ignored. The answer names those that were deleted, or that another node has taken over: the node stops and forgets them.",
		Action:      string(accessgroups.RunNode),
	}, h.reportNode)
	rest.Handle(a, rest.Operation{
		ID: "get-server-launch", Method: http.MethodGet, Path: "/v1/nodes/{node}/servers/{server}/launch", Tag: "Nodes",
		Summary:     "Read what a node needs to start a server",
		Description: "For the node's own account, and servers that are assigned to the node. It holds the server's secrets.",
		Action:      string(accessgroups.RunNode),
	}, h.getServerLaunch)
}

type listNodesOutput struct{ Body rest.Items[client.Node] }

// listNodes answers in the form of a page; all hosts of one platform fit in it.
func (h *handlers) listNodes(ctx context.Context, _ *struct{}) (*listNodesOutput, error) {
	nodes, err := h.Tenants.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	shapes := make([]client.Node, len(nodes))
	for i, node := range nodes {
		shapes[i] = client.Node{Name: node.Name, Version: node.Version, StartedAt: node.StartedAt, ReportedAt: node.ReportedAt}
	}
	return &listNodesOutput{Body: rest.NewItems(shapes, "")}, nil
}

type reportNodeInput struct {
	InNode
	Body client.NodeReport
}

type reportNodeOutput struct{ Body client.NodeOrders }

func (h *handlers) reportNode(ctx context.Context, in *reportNodeInput) (*reportNodeOutput, error) {
	report, err := nodeReport(in.Node, in.Body)
	if err != nil {
		return nil, err
	}
	remove, err := h.Tenants.Heartbeat(ctx, actor(ctx), report)
	if err != nil {
		return nil, err
	}
	orders := client.NodeOrders{Remove: make([]string, len(remove))}
	for i, server := range remove {
		orders.Remove[i] = string(server)
	}
	return &reportNodeOutput{Body: orders}, nil
}

func nodeReport(node string, shape client.NodeReport) (tenants.NodeReport, error) {
	report := tenants.NodeReport{
		Node: node, Version: shape.Version, StartedAt: shape.StartedAt, Servers: make([]tenants.ServerReport, len(shape.Servers)),
	}
	for i, server := range shape.Servers {
		id, err := tenants.ParseID[tenants.ServerID](server.ID)
		if err != nil {
			return report, fault.New(fault.Invalid, "invalid-input", "the input is not valid").
				At(fmt.Sprintf("servers[%d].id", i), 0, "expected a UUID in lower case")
		}
		report.Servers[i] = tenants.ServerReport{ID: id, Status: tenants.ServerStatus{
			State: tenants.ServerState(server.State), Address: server.Address, Metrics: server.Metrics, PID: server.PID,
			Restarts: server.Restarts, StartedAt: timeOrZero(server.StartedAt), Problem: server.Problem,
		}}
	}
	return report, nil
}

func timeOrZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

type getLaunchInput struct {
	InNode
	Server string `path:"server" maxLength:"36" doc:"Id of the server"`
}

type getLaunchOutput struct{ Body configuration.Launch }

func (h *handlers) getServerLaunch(ctx context.Context, in *getLaunchInput) (*getLaunchOutput, error) {
	server, err := tenants.ParseID[tenants.ServerID](in.Server)
	if err != nil {
		return nil, errNotFound()
	}
	launch, err := h.Tenants.Launch(ctx, actor(ctx), in.Node, server)
	if err != nil {
		return nil, err
	}
	return &getLaunchOutput{Body: launch}, nil
}
