package workflows

import (
	"strconv"

	"github.com/switchyard/switchyard/tenants"
)

// PlatformNamespace is the Temporal namespace of the platform's own workflows.
const PlatformNamespace = "switchyard"

// TenantNamespace returns the Temporal namespace of a tenant's business processes.
func TenantNamespace(tenant tenants.Name) string { return tenants.TemporalNamespace(tenant) }

// ControlQueue is the task queue of the control plane's workers, in the platform
// namespace.
const ControlQueue = "control"

// NodeQueue returns the task queue of one node, in the platform namespace.
func NodeQueue(node tenants.Name) string { return "node/" + node }

// ServerQueue returns the task queue of one interaction server, in the platform
// namespace.
func ServerQueue(server tenants.ServerID) string { return "server/" + string(server) }

// TestRunQueue is the task queue of the test runs on a server: it does one at a
// time, and deployments do not wait for them.
func TestRunQueue(server tenants.ServerID) string { return ServerQueue(server) + "/test-runs" }

// ProcessQueue returns the task queue of one business process in one server
// group, in the tenant's namespace.
func ProcessQueue(group tenants.ServerGroupID, process tenants.Name) string {
	return "process/" + string(group) + "/" + process
}

// Search attributes, all of type Keyword. A platform workflow has the first two,
// a deployment its group and channel too, a business process those of its
// interaction.
const (
	AttributeTenant          = "Tenant"
	AttributeSolution        = "Solution"
	AttributeServerGroup     = "ServerGroup"
	AttributeBusinessProcess = "BusinessProcess"
	AttributeQueue           = "Queue"
	AttributeMediaType       = "MediaType"
	AttributeChannel         = "Channel"
)

// PlatformAttributes are the search attributes of the platform namespace,
// TenantAttributes those of a tenant's namespace.
var (
	PlatformAttributes = []string{AttributeTenant, AttributeSolution, AttributeServerGroup, AttributeChannel}
	TenantAttributes   = []string{
		AttributeTenant, AttributeSolution, AttributeServerGroup,
		AttributeBusinessProcess, AttributeQueue, AttributeMediaType,
	}
)

// ProvisionID returns the id of the workflow that provisions a solution.
func ProvisionID(tenant, solution tenants.Name) string {
	return "provision/" + tenant + "/" + solution
}

// DeployID returns the id of the workflow of a channel's deployment with that
// number.
func DeployID(group tenants.ServerGroupID, channel tenants.Name, number int64) string {
	return "deploy/" + string(group) + "/" + channel + "/" + strconv.FormatInt(number, 10)
}

// TestRunID returns the id of the workflow of a test run on a server of that group.
func TestRunID(group tenants.ServerGroupID, run string) string {
	return "testrun/" + string(group) + "/" + run
}

// TransferID returns the id of the workflow that takes the history of a server group
// over into that of its tenant.
func TransferID(group tenants.ServerGroupID) string { return "transfer/" + string(group) }

// InteractionID returns the id of the workflow that hosts an interaction's
// business process.
func InteractionID(group tenants.ServerGroupID, interaction string) string {
	return "interaction/" + string(group) + "/" + interaction
}
