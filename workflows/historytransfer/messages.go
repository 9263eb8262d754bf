package historytransfer

import (
	"github.com/switchyard/switchyard/contacthistory"
	"github.com/switchyard/switchyard/tenants"
)

// Input names the group. Total is what earlier executions have taken over.
type Input struct {
	Tenant     tenants.TenantID      `json:"tenant"`
	TenantName tenants.Name          `json:"tenantName"`
	Solution   tenants.Name          `json:"solution"`
	Group      tenants.ServerGroupID `json:"group"`
	GroupName  tenants.Name          `json:"groupName"`
	Total      Round                 `json:"total"`
}

// Round is what was taken over.
type Round struct {
	Batches   int64 `json:"batches"`
	Contacts  int64 `json:"contacts"`
	Responses int64 `json:"responses"`
	Orphans   int64 `json:"orphans"`
	// Restored is how often the group's database was found in an older state.
	Restored int64 `json:"restored,omitempty"`
}

func (r *Round) note(m contacthistory.Moved) {
	if m.Read > 0 {
		r.Batches++
	}
	if m.Restored {
		r.Restored++
	}
	r.Contacts += m.Contacts
	r.Responses += m.Responses
	r.Orphans += m.Orphans
}

func (r *Round) add(more Round) {
	r.Batches += more.Batches
	r.Contacts += more.Contacts
	r.Responses += more.Responses
	r.Orphans += more.Orphans
	r.Restored += more.Restored
}
