package businessprocesses

import (
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// Process is a business process: its draft and what is published of it.
type Process struct {
	Tenant      tenants.TenantID
	ID          string
	Name        tenants.Name
	DisplayName string
	Document    string // the draft, as it was put; empty in lists
	Published   int    // number of the newest version, 0 before the first
	Retired     bool   // no server takes new interactions of it
	Version     int64  // of the draft and its state; the ETag
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Version is a published, immutable document.
type Version struct {
	Tenant      tenants.TenantID
	Process     tenants.Name
	Number      int    // 1, 2, 3 …
	Hash        string // SHA-256 of Document, hex
	Document    string // empty in lists
	PublishedAt time.Time
	PublishedBy tenants.Name // account name
}
