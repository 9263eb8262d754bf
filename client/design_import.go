package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// DesignDocument is a design object as files have it.
type DesignDocument struct {
	Kind        string          `json:"kind" enum:"audience-level,macro,offer-attribute,campaign,learning-model,history-mapping,segment,offer,channel,zone,interaction-point,flowchart,event,event-pattern,strategy" doc:"Kind of object"`
	Channel     string          `json:"channel,omitempty" maxLength:"63" doc:"Channel that it lies in; empty for what lies in the tenant"`
	Name        string          `json:"name" maxLength:"63" doc:"Name, unique among its kind"`
	DisplayName string          `json:"displayName,omitempty" maxLength:"200" doc:"Name for people"`
	Spec        json.RawMessage `json:"spec" doc:"Definition, as the operations of the kind have it"`
}

// DesignImport brings objects in, all or none.
type DesignImport struct {
	DryRun  bool             `json:"dryRun,omitempty" doc:"Check and compare only"`
	Objects []DesignDocument `json:"objects" maxItems:"20000" doc:"Objects, in any order"`
}

// DesignImported says what was done, in the order of the objects.
type DesignImported struct {
	Objects []DesignOutcome `json:"objects" doc:"What was done with each, in the order of the input"`
}

// DesignOutcome says what was done with one object.
type DesignOutcome struct {
	Object      string             `json:"object" doc:"Path below the tenant: channels/web/zones/top"`
	Outcome     string             `json:"outcome" enum:"created,updated,unchanged" doc:"What was done, or would be"`
	Differences []DesignDifference `json:"differences,omitempty" doc:"Fields that were given other values"`
}

// DesignExport is a design in the order in which each object comes after those
// that it may name.
type DesignExport struct {
	Objects []DesignDocument `json:"objects" doc:"The objects"`
}

// ImportDesign brings design objects into a tenant in one step.
func (c *Client) ImportDesign(ctx context.Context, tenant string, input DesignImport) (DesignImported, error) {
	var out DesignImported
	err := c.Do(ctx, http.MethodPost, tenantPath(tenant, "design:import"), input, &out, WithRetry())
	return out, err
}

// ExportDesign reads the design objects of a tenant: with a channel only those of
// that channel and what lies in the tenant.
func (c *Client) ExportDesign(ctx context.Context, tenant, channel string) (DesignExport, error) {
	path := tenantPath(tenant, "design:export")
	if channel != "" {
		path += "?channel=" + url.QueryEscape(channel)
	}
	return get[DesignExport](ctx, c, path)
}

// DesignDifference is one field with another value than before.
type DesignDifference struct {
	Path string `json:"path" doc:"Where in the definition: rules[gold].score"`
	From string `json:"from,omitempty" doc:"Value before, JSON, shortened where it is long"`
	To   string `json:"to,omitempty" doc:"Value after"`
}
