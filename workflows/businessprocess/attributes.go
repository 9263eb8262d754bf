package businessprocess

import (
	"go.temporal.io/sdk/temporal"

	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows"
)

// The search attributes of a workflow, all registered in the tenant's namespace.
var (
	tenantAttribute    = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeTenant)
	solutionAttribute  = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeSolution)
	groupAttribute     = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeServerGroup)
	processAttribute   = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeBusinessProcess)
	queueAttribute     = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeQueue)
	mediaTypeAttribute = temporal.NewSearchAttributeKeyKeyword(workflows.AttributeMediaType)
)

// Place is where workflows run: one server group.
type Place struct {
	Tenant   string // name
	Solution string // name
	Group    string // name
	GroupID  tenants.ServerGroupID
}

// attributes are the search attributes of an interaction's workflow.
func (p Place) attributes(m Message) temporal.SearchAttributes {
	updates := []temporal.SearchAttributeUpdate{
		tenantAttribute.ValueSet(p.Tenant),
		solutionAttribute.ValueSet(p.Solution),
		groupAttribute.ValueSet(p.Group),
		processAttribute.ValueSet(m.Process),
	}
	if m.MediaType != "" {
		updates = append(updates, mediaTypeAttribute.ValueSet(m.MediaType))
	}
	if m.Queue != "" {
		updates = append(updates, queueAttribute.ValueSet(m.Queue))
	}
	return temporal.NewSearchAttributes(updates...)
}
