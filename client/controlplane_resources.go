package client

import "time"

// The JSON shapes of the control plane. What is created has a New… shape, what
// is changed a …Change shape (it replaces all that can change), and what is read
// has the whole. The REST interface of the control plane is declared with these
// very types, so that client and server cannot drift apart.

// NewToken asks for a token: with account and password, or with an API key.
type NewToken struct {
	Tenant   string `json:"tenant,omitempty" maxLength:"63" doc:"Name of the account's tenant; with account and password"`
	Account  string `json:"account,omitempty" maxLength:"63" doc:"Login name"`
	Password string `json:"password,omitempty" maxLength:"1024" doc:"The account's password"`
	APIKey   string `json:"apiKey,omitempty" maxLength:"200" doc:"An API key, instead of tenant, account and password"`
	Audience string `json:"audience,omitempty" maxLength:"100" doc:"Where the token is good: control-plane (the default) or server-group/ and the id of a server group"`
}

// Token is a short-lived bearer token.
type Token struct {
	Token     string    `json:"token" doc:"JWT (EdDSA), to be sent as Authorization: Bearer"`
	ExpiresAt time.Time `json:"expiresAt"`
	Account   string    `json:"account" doc:"Login name of the account that it is for"`
	Audience  string    `json:"audience"`
}

// Provisioning is how far a resource has come towards running.
type Provisioning struct {
	State      string    `json:"state" enum:"requested,running,ready,failed"`
	Step       string    `json:"step,omitempty" doc:"What is being done"`
	Reason     string    `json:"reason,omitempty" doc:"Why it failed"`
	WorkflowID string    `json:"workflowId,omitempty" doc:"The Temporal workflow that does it, in namespace switchyard"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

// Tenant is an organisation.
type Tenant struct {
	ID           string       `json:"id" format:"uuid"`
	Name         string       `json:"name"`
	DisplayName  string       `json:"displayName"`
	Provisioning Provisioning `json:"provisioning"`
	Version      int64        `json:"version" doc:"Grows with each change; the ETag"`
	CreatedAt    time.Time    `json:"createdAt"`
	UpdatedAt    time.Time    `json:"updatedAt"`
}

// NewTenant creates a tenant.
type NewTenant struct {
	Name        string `json:"name" maxLength:"63" doc:"Lower case letters, digits and single hyphens, a letter first; it never changes" example:"harborbank"`
	DisplayName string `json:"displayName,omitempty" maxLength:"200" example:"Harbor Bank"`
}

// TenantChange replaces what can change of a tenant.
type TenantChange struct {
	DisplayName string `json:"displayName" maxLength:"200"`
}

// Solution is a separately run product inside a tenant.
type Solution struct {
	ID           string       `json:"id" format:"uuid"`
	Name         string       `json:"name"`
	DisplayName  string       `json:"displayName"`
	Provisioning Provisioning `json:"provisioning" doc:"Progress of all its groups and servers"`
	Version      int64        `json:"version"`
	CreatedAt    time.Time    `json:"createdAt"`
	UpdatedAt    time.Time    `json:"updatedAt"`
}

// NewSolution creates a solution and its production server group.
type NewSolution struct {
	Name            string `json:"name" maxLength:"63" example:"cards"`
	DisplayName     string `json:"displayName,omitempty" maxLength:"200"`
	ProductionGroup string `json:"productionGroup,omitempty" maxLength:"63" doc:"Name of its production server group; default: production"`
}

// SolutionChange replaces what can change of a solution.
type SolutionChange struct {
	DisplayName string `json:"displayName" maxLength:"200"`
}

// WebhookKeys sign the webhooks of a solution's servers.
type WebhookKeys struct {
	Present  string `json:"present" doc:"whsec_ and the key in base64, as libraries of Standard Webhooks take it"`
	Previous string `json:"previous,omitempty" doc:"The one before, which signs too"`
}

// ServerGroup is the runtime environment of a solution, with its own database.
type ServerGroup struct {
	ID        string    `json:"id" format:"uuid" doc:"The audience of a token for its servers is server-group/ and this id"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind" enum:"production,staging"`
	Database  string    `json:"database" doc:"Name of the group's own database"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// NewServerGroup creates a staging group; the production group comes with its
// solution.
type NewServerGroup struct {
	Name string `json:"name" maxLength:"63" example:"staging"`
	Kind string `json:"kind,omitempty" enum:"production,staging" doc:"Default: staging. A solution has exactly one production group"`
}

// Server is one interaction server of a group.
type Server struct {
	ID        string       `json:"id" format:"uuid"`
	Name      string       `json:"name"`
	Account   string       `json:"account" doc:"Name of the account that it runs as"`
	Node      string       `json:"node" doc:"Name of the host that runs it"`
	Status    ServerStatus `json:"status"`
	Version   int64        `json:"version"`
	CreatedAt time.Time    `json:"createdAt"`
	UpdatedAt time.Time    `json:"updatedAt"`
}

// ServerStatus is how a server is, as its node last reported it.
type ServerStatus struct {
	State          string     `json:"state" enum:"pending,starting,running,restarting,stopped,unknown" doc:"pending: not taken up by its node yet; unknown: its node has not been heard of for more than ten seconds"`
	Address        string     `json:"address,omitempty" doc:"Base URL of its REST interface"`
	Metrics        string     `json:"metrics,omitempty" doc:"Base URL of /metrics, /livez and /readyz"`
	PID            int        `json:"pid,omitempty"`
	Restarts       int        `json:"restarts" doc:"Restarts since the node first started it"`
	StartedAt      *time.Time `json:"startedAt,omitempty" doc:"Start of its process"`
	ReportedAt     *time.Time `json:"reportedAt,omitempty" doc:"When a node last reported of this server"`
	NodeReportedAt *time.Time `json:"nodeReportedAt,omitempty" doc:"When its node was last heard of"`
	Problem        string     `json:"problem,omitempty" doc:"Why it is not running, or not known to be"`
}

// NewServer creates a server in a group.
type NewServer struct {
	Name    string `json:"name" maxLength:"63" example:"cards-1"`
	Account string `json:"account" maxLength:"63" doc:"Name of an account of kind server"`
	Node    string `json:"node" maxLength:"63" doc:"Name of the host that is to run it" example:"node-1"`
}

// ServerChange replaces what can change of a server.
type ServerChange struct {
	Account string `json:"account" maxLength:"63"`
	Node    string `json:"node" maxLength:"63"`
}

// Account is a person or a machine that can log in.
type Account struct {
	ID          string        `json:"id" format:"uuid"`
	Name        string        `json:"name" doc:"The login"`
	Kind        string        `json:"kind" enum:"person,machine,server,node"`
	DisplayName string        `json:"displayName"`
	Roles       []RoleBinding `json:"roles" nullable:"false"`
	Agent       *AgentProfile `json:"agent,omitempty"`
	Disabled    bool          `json:"disabled"`
	Version     int64         `json:"version"`
	CreatedAt   time.Time     `json:"createdAt"`
	UpdatedAt   time.Time     `json:"updatedAt"`
}

// NewAccount creates an account. It cannot log in until it has a password or an
// API key.
type NewAccount struct {
	Name        string        `json:"name" maxLength:"63" example:"amira"`
	Kind        string        `json:"kind" enum:"person,machine,server,node"`
	DisplayName string        `json:"displayName,omitempty" maxLength:"200"`
	Roles       []RoleBinding `json:"roles,omitempty" nullable:"false" maxItems:"100"`
	Agent       *AgentProfile `json:"agent,omitempty" doc:"For a person who handles interactions"`
	Disabled    bool          `json:"disabled,omitempty"`
}

// AccountChange replaces what can change of an account.
type AccountChange struct {
	DisplayName string        `json:"displayName" maxLength:"200"`
	Roles       []RoleBinding `json:"roles" nullable:"false" maxItems:"100"`
	Agent       *AgentProfile `json:"agent,omitempty"`
	Disabled    bool          `json:"disabled,omitempty"`
}

// RoleBinding gives a role in the whole tenant or in one solution.
type RoleBinding struct {
	Role     string `json:"role" maxLength:"63" example:"operator"`
	Solution string `json:"solution,omitempty" maxLength:"63" doc:"Name of a solution; absent: the whole tenant"`
}

// AgentProfile is what routing has to know of a person.
type AgentProfile struct {
	Skills   map[string]int `json:"skills,omitempty" doc:"Level per skill, 1 to 100"`
	Groups   []string       `json:"groups,omitempty" nullable:"false" maxItems:"100"`
	Capacity map[string]int `json:"capacity,omitempty" doc:"Interactions at once, per medium"`
}

// Password sets an account's password.
type Password struct {
	Password string `json:"password" minLength:"12" maxLength:"1024"`
}

// APIKey is what can be known of an API key once it was handed out.
type APIKey struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
}

// CreatedAPIKey holds the key's text, which is shown this one time only.
type CreatedAPIKey struct {
	ID  string `json:"id"`
	Key string `json:"key" doc:"The key: a bearer token that does not expire. It is not shown again"`
}

// AccessGroup is a set of accounts and what they may do with business processes.
type AccessGroup struct {
	ID          string    `json:"id" format:"uuid"`
	Name        string    `json:"name"`
	DisplayName string    `json:"displayName"`
	Members     []string  `json:"members" nullable:"false" doc:"Account names, sorted"`
	Grants      []Grant   `json:"grants" nullable:"false" doc:"Sorted by process"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// Grant allows actions on one business process.
type Grant struct {
	Process string   `json:"process" maxLength:"63" example:"card-dispute"`
	Actions []string `json:"actions" nullable:"false" minItems:"1" maxItems:"20" enum:"execute,submit,view,handle,pull,transfer,stop,snapshot,statistics"`
}

// NewAccessGroup creates an access group.
type NewAccessGroup struct {
	Name        string   `json:"name" maxLength:"63" example:"card-agents"`
	DisplayName string   `json:"displayName,omitempty" maxLength:"200"`
	Members     []string `json:"members,omitempty" nullable:"false" maxItems:"10000"`
	Grants      []Grant  `json:"grants,omitempty" nullable:"false" maxItems:"1000"`
}

// AccessGroupChange replaces what can change of an access group.
type AccessGroupChange struct {
	DisplayName string   `json:"displayName" maxLength:"200"`
	Members     []string `json:"members" nullable:"false" maxItems:"10000"`
	Grants      []Grant  `json:"grants" nullable:"false" maxItems:"1000"`
}

// DirectGrant allows one account actions on one process, through the access
// group of that account alone.
type DirectGrant struct {
	Account string   `json:"account" maxLength:"63"`
	Process string   `json:"process" maxLength:"63"`
	Actions []string `json:"actions" nullable:"false" minItems:"1" maxItems:"20" enum:"execute,submit,view,handle,pull,transfer,stop,snapshot,statistics"`
}

// BusinessProcess is a definition under edit, with its published versions.
type BusinessProcess struct {
	ID          string    `json:"id" format:"uuid"`
	Name        string    `json:"name"`
	DisplayName string    `json:"displayName"`
	Document    string    `json:"document,omitempty" doc:"The draft, as it was put; absent in lists"`
	Published   int       `json:"published" doc:"Number of the newest published version, 0 before the first"`
	Retired     bool      `json:"retired" doc:"No server takes new interactions of it"`
	Version     int64     `json:"version" doc:"Of the draft; the ETag"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// BusinessProcessDraft is the draft of a business process.
type BusinessProcessDraft struct {
	DisplayName string `json:"displayName,omitempty" maxLength:"200"`
	Document    string `json:"document" maxLength:"1048576" doc:"YAML or JSON in the process language, at most 1 MiB"`
}

// ProcessVersion is one published, immutable version of a business process.
type ProcessVersion struct {
	Process     string    `json:"process"`
	Number      int       `json:"number"`
	Hash        string    `json:"hash" doc:"SHA-256 of the document, hex"`
	Document    string    `json:"document,omitempty" doc:"As published; absent in lists"`
	PublishedAt time.Time `json:"publishedAt"`
	PublishedBy string    `json:"publishedBy" doc:"Name of the account"`
}

// AuditEvent is one change of a resource.
type AuditEvent struct {
	ID       string         `json:"id"`
	At       time.Time      `json:"at"`
	Actor    string         `json:"actor" doc:"Name of the account that made it"`
	Action   string         `json:"action" example:"solution.create"`
	Resource string         `json:"resource" example:"solutions/cards"`
	Detail   map[string]any `json:"detail,omitempty"`
}

// NodeOrders is the answer to a node's report.
type NodeOrders struct {
	Remove []string `json:"remove" doc:"Ids of reported servers that the node has to stop and forget"`
}

// NodeReport is what a node says of itself and of its servers.
type NodeReport struct {
	Version   string             `json:"version" maxLength:"100" doc:"Of the node's binary"`
	StartedAt time.Time          `json:"startedAt"`
	Servers   []NodeServerReport `json:"servers" nullable:"false" maxItems:"1000"`
}

// NodeServerReport is what a node says of one of its servers.
type NodeServerReport struct {
	ID        string     `json:"id" format:"uuid"`
	State     string     `json:"state" enum:"pending,starting,running,restarting,stopped"`
	Address   string     `json:"address,omitempty" maxLength:"300"`
	Metrics   string     `json:"metrics,omitempty" maxLength:"300"`
	PID       int        `json:"pid,omitempty" minimum:"0"`
	Restarts  int        `json:"restarts,omitempty" minimum:"0"`
	StartedAt *time.Time `json:"startedAt,omitempty"`
	Problem   string     `json:"problem,omitempty" maxLength:"2000"`
}

// Node is a host that runs interaction servers.
type Node struct {
	Name       string    `json:"name"`
	Version    string    `json:"version"`
	StartedAt  time.Time `json:"startedAt"`
	ReportedAt time.Time `json:"reportedAt"`
}
