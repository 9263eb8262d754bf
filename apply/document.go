package apply

import (
	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/client"
)

// Kind is what a document describes.
type Kind string

// The closed set of kinds that are not design objects; those are named after
// definition.Kinds.
const (
	KindTenant          Kind = "Tenant"
	KindAccount         Kind = "Account"
	KindBusinessProcess Kind = "BusinessProcess"
	KindAccessGroup     Kind = "AccessGroup"
	KindSolution        Kind = "Solution"
)

// Set is all that the files hold, each kind in the order of the files.
type Set struct {
	Tenants      []*Tenant
	Accounts     []*Account
	Processes    []*BusinessProcess
	AccessGroups []*AccessGroup
	Solutions    []*Solution
	Designs      []*Design
	// Skipped are files of a folder in which no document has a kind.
	Skipped []string
}

// Header is common to all documents.
type Header struct {
	Kind   Kind   `json:"kind"`
	Tenant string `json:"tenant"`
	Name   string `json:"name"`

	source source
}

// Tenant is a document of kind Tenant.
type Tenant struct {
	Header
	DisplayName string `json:"displayName"`
}

// Account is a document of kind Account. Passwords and API keys are not written
// in files; they are made through the REST interface.
type Account struct {
	Header
	AccountKind string               `json:"accountKind"`
	DisplayName string               `json:"displayName"`
	Roles       []client.RoleBinding `json:"roles"`
	Agent       *client.AgentProfile `json:"agent"`
	Disabled    bool                 `json:"disabled"`
}

// BusinessProcess is a document of kind BusinessProcess. Either File or Document
// is set; Text is what they say.
type BusinessProcess struct {
	Header
	DisplayName string     `json:"displayName"`
	File        string     `json:"file"`
	Document    *yaml.Node `json:"document"`

	Text string `json:"-"`
	// textFile and firstLine place a line of Text in the file that it is from.
	textFile  string
	firstLine int
}

// AccessGroup is a document of kind AccessGroup.
type AccessGroup struct {
	Header
	DisplayName string         `json:"displayName"`
	Members     []string       `json:"members"`
	Grants      []client.Grant `json:"grants"`
}

// Solution is a document of kind Solution.
type Solution struct {
	Header
	DisplayName  string        `json:"displayName"`
	ServerGroups []ServerGroup `json:"serverGroups"`
}

// ServerGroup is a server group of a solution.
type ServerGroup struct {
	Name    string             `json:"name"`
	Kind    string             `json:"kind"`
	Servers []client.NewServer `json:"servers"`
}

func (s *Set) headers() []*Header {
	var all []*Header
	for _, d := range s.Tenants {
		all = append(all, &d.Header)
	}
	for _, d := range s.Accounts {
		all = append(all, &d.Header)
	}
	for _, d := range s.Processes {
		all = append(all, &d.Header)
	}
	for _, d := range s.AccessGroups {
		all = append(all, &d.Header)
	}
	for _, d := range s.Solutions {
		all = append(all, &d.Header)
	}
	for _, d := range s.Designs {
		all = append(all, &d.Header)
	}
	return all
}
