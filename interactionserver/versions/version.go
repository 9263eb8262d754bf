package versions

import (
	"time"

	"github.com/switchyard/switchyard/tenants"
)

// Bounds of one server group.
const (
	MaxPackageSize = 64 << 20 // bytes
	MaxChannels    = 50
)

// Version is what a channel's deployment of that number made active in the group.
type Version struct {
	Channel string
	// Number is that of the deployment: it grows with each one of the channel.
	Number int64
	// Hash names the package; empty when the deployment took the channel off.
	Hash string
	Name string
	// Since is when it became active, by the database's clock.
	Since time.Time
}

// Server is one of the group's servers.
type Server struct {
	ID   tenants.ServerID
	Name string
}

// Report is what a server says that it serves of a channel.
type Report struct {
	Channel string
	Number  int64  // 0: nothing yet
	Hash    string // empty: nothing yet, or the channel was taken off
	// Since is when the server began to serve it, by the server's clock.
	Since time.Time
	// Problem is why it cannot take the active version; empty when it did.
	Problem string
}

// ServerReport is a report with its server.
type ServerReport struct {
	Server
	// Live is whether a process holds the server's id now.
	Live bool
	Report
}
