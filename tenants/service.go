package tenants

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/paging"
)

// AnyVersion accepts whatever version a resource has; any other expected version
// that is not the present one is a fault of kind PreconditionFailed.
const AnyVersion int64 = 0

// Sealer encrypts what has to be stored and read again; secret.Box is one. What
// was sealed for one tenant does not open for another.
type Sealer interface {
	Seal(plain, associated []byte) []byte
	Open(sealed, associated []byte) ([]byte, error)
}

// RoleRule says where a role may be given.
type RoleRule struct {
	PlatformOnly bool // in the platform tenant alone
	PerSolution  bool // may be limited to one solution
}

// Options are what a Service needs to know of its surroundings.
type Options struct {
	// Roles are the roles that exist; accessgroups.RoleRules has them.
	Roles map[string]RoleRule
	// GroupDatabaseURL is the URL of the PostgreSQL server of the groups'
	// databases. Its user, password and path are replaced.
	GroupDatabaseURL string
	// ControlPlaneURL and TemporalAddress are where servers find them.
	ControlPlaneURL string
	TemporalAddress string
}

// Service applies the rules of this package. All methods may be called by
// several goroutines at once.
type Service struct {
	store   Store
	sealer  Sealer
	options Options
}

// NewService returns a service over a store.
func NewService(store Store, sealer Sealer, options Options) *Service {
	return &Service{store: store, sealer: sealer, options: options}
}

// ---- signatures; each moves to its own file as it is filled in ----

// TenantSettings are what can change of a tenant.
type TenantSettings struct{ DisplayName string }

// NewTenant is the input of CreateTenant.
type NewTenant struct {
	Name Name
	TenantSettings
}

func (s *Service) CreateTenant(ctx context.Context, by audit.Actor, input NewTenant) (Tenant, error) {
	panic("skeleton")
}
func (s *Service) Tenant(ctx context.Context, name Name) (Tenant, error) { panic("skeleton") }
func (s *Service) Tenants(ctx context.Context, page paging.Request) (paging.Page[Tenant], error) {
	panic("skeleton")
}
func (s *Service) UpdateTenant(ctx context.Context, by audit.Actor, tenant TenantID, version int64, settings TenantSettings) (Tenant, error) {
	panic("skeleton")
}

// SolutionSettings are what can change of a solution.
type SolutionSettings struct{ DisplayName string }

// NewSolution is the input of CreateSolution.
type NewSolution struct {
	Name Name
	SolutionSettings
	ProductionGroup Name // empty: "production"
}

func (s *Service) CreateSolution(ctx context.Context, by audit.Actor, tenant TenantID, input NewSolution) (Solution, error) {
	panic("skeleton")
}
func (s *Service) Solution(ctx context.Context, tenant TenantID, name Name) (Solution, error) {
	panic("skeleton")
}
func (s *Service) Solutions(ctx context.Context, tenant TenantID, page paging.Request) (paging.Page[Solution], error) {
	panic("skeleton")
}
func (s *Service) UpdateSolution(ctx context.Context, by audit.Actor, tenant TenantID, name Name, version int64, settings SolutionSettings) (Solution, error) {
	panic("skeleton")
}

// Reprovision asks for provisioning again.
func (s *Service) Reprovision(ctx context.Context, by audit.Actor, tenant TenantID, name Name) (Solution, error) {
	panic("skeleton")
}

// NewServerGroup is the input of CreateServerGroup.
type NewServerGroup struct {
	Name Name
	Kind GroupKind // empty: staging
}

func (s *Service) CreateServerGroup(ctx context.Context, by audit.Actor, tenant TenantID, solution Name, input NewServerGroup) (ServerGroup, error) {
	panic("skeleton")
}
func (s *Service) ServerGroup(ctx context.Context, tenant TenantID, solution, group Name) (ServerGroup, error) {
	panic("skeleton")
}
func (s *Service) ServerGroups(ctx context.Context, tenant TenantID, solution Name, page paging.Request) (paging.Page[ServerGroup], error) {
	panic("skeleton")
}

// ServerSettings are what can change of a server.
type ServerSettings struct {
	Account Name
	Node    Name
}

// NewServer is the input of CreateServer.
type NewServer struct {
	Name Name
	ServerSettings
}

func (s *Service) CreateServer(ctx context.Context, by audit.Actor, tenant TenantID, solution, group Name, input NewServer) (Server, error) {
	panic("skeleton")
}
func (s *Service) Server(ctx context.Context, tenant TenantID, solution, group, server Name) (Server, error) {
	panic("skeleton")
}
func (s *Service) ServerByID(ctx context.Context, tenant TenantID, id ServerID) (Server, error) {
	panic("skeleton")
}
func (s *Service) Servers(ctx context.Context, tenant TenantID, solution, group Name, page paging.Request) (paging.Page[Server], error) {
	panic("skeleton")
}
func (s *Service) UpdateServer(ctx context.Context, by audit.Actor, tenant TenantID, solution, group, server Name, version int64, settings ServerSettings) (Server, error) {
	panic("skeleton")
}

// AccountSettings are what can change of an account.
type AccountSettings struct {
	DisplayName string
	Roles       []RoleBinding
	Agent       *Agent
	Disabled    bool
}

// NewAccount is the input of CreateAccount.
type NewAccount struct {
	Name Name
	Kind AccountKind
	AccountSettings
}

func (s *Service) CreateAccount(ctx context.Context, by audit.Actor, tenant TenantID, input NewAccount) (Account, error) {
	panic("skeleton")
}
func (s *Service) Account(ctx context.Context, tenant TenantID, name Name) (Account, error) {
	panic("skeleton")
}
func (s *Service) Accounts(ctx context.Context, tenant TenantID, page paging.Request) (paging.Page[Account], error) {
	panic("skeleton")
}
func (s *Service) UpdateAccount(ctx context.Context, by audit.Actor, tenant TenantID, name Name, version int64, settings AccountSettings) (Account, error) {
	panic("skeleton")
}

// SetPassword gives a person a password of 12 to 1,024 bytes.
func (s *Service) SetPassword(ctx context.Context, by audit.Actor, tenant TenantID, account Name, password string) error {
	panic("skeleton")
}

// APIKey is what is stored of a key.
type APIKey struct {
	ID        string
	Tenant    TenantID
	Account   AccountID
	Hash      []byte // SHA-256 of the secret
	CreatedAt time.Time
}

// IssuedAPIKey has the key's text, which is not shown again.
type IssuedAPIKey struct {
	APIKey
	Text string
}

func (s *Service) CreateAPIKey(ctx context.Context, by audit.Actor, tenant TenantID, account Name) (IssuedAPIKey, error) {
	panic("skeleton")
}

// APIKeys lists the keys of an account that are not revoked.
func (s *Service) APIKeys(ctx context.Context, tenant TenantID, account Name) ([]APIKey, error) {
	panic("skeleton")
}
func (s *Service) RevokeAPIKey(ctx context.Context, by audit.Actor, tenant TenantID, account Name, id string) error {
	panic("skeleton")
}

// Authenticate checks a password; a fault Unauthenticated says no more than that.
func (s *Service) Authenticate(ctx context.Context, tenant, account Name, password string) (Account, error) {
	panic("skeleton")
}

// AuthenticateAPIKey returns the account of a key's text.
func (s *Service) AuthenticateAPIKey(ctx context.Context, text string) (Account, error) {
	panic("skeleton")
}

// BootstrapPlatform makes sure that the platform admin account "admin" of the
// platform tenant exists and that the API key works for it.
func (s *Service) BootstrapPlatform(ctx context.Context, apiKey string) error { panic("skeleton") }

// Plan is all that provisioning needs to know of a solution.
type Plan struct {
	Tenant   Tenant
	Solution Solution
	Groups   []PlannedGroup // sorted by name
}

// PlannedGroup is a group with its servers.
type PlannedGroup struct {
	ServerGroup
	Servers []PlannedServer // sorted by name
}

// PlannedServer is a server with what matters of its account.
type PlannedServer struct {
	Server
	AccountDisabled bool
}

func (s *Service) Plan(ctx context.Context, tenant TenantID, solution SolutionID) (Plan, error) {
	panic("skeleton")
}

// ProvisioningRequest is a solution that waits for its workflow.
type ProvisioningRequest struct {
	Tenant       TenantID
	TenantName   Name
	Solution     SolutionID
	SolutionName Name
	Request      int64
}

// RequestedProvisionings returns, oldest first, the solutions whose provisioning
// was requested, and those said to be running of which nothing was heard for a
// minute. Starting a workflow twice is harmless.
func (s *Service) RequestedProvisionings(ctx context.Context, limit int) ([]ProvisioningRequest, error) {
	panic("skeleton")
}

// Progress is one report of the provisioning workflow.
type Progress struct {
	Request    int64 // as in Plan.Solution.Provisioning.Request
	State      ProvisioningState
	Step       string
	Reason     string
	WorkflowID string
}

// RecordProvisioning keeps a report. current is false, and nothing is written,
// when provisioning was requested again since: the workflow may end.
func (s *Service) RecordProvisioning(ctx context.Context, tenant TenantID, solution SolutionID, progress Progress) (current bool, err error) {
	panic("skeleton")
}

// GroupCredentials are the names and the secret of a group's database.
type GroupCredentials struct {
	Database string
	Owner    string // role without log-in
	Role     string // role of the servers
	Password string
}

// GroupCredentials returns the same credentials each time; the first call makes
// the password.
func (s *Service) GroupCredentials(ctx context.Context, tenant TenantID, group ServerGroupID) (GroupCredentials, error) {
	panic("skeleton")
}

// ServerAPIKey returns the key of the account that the server runs as; the same
// each time until it is revoked or the server's account changes.
func (s *Service) ServerAPIKey(ctx context.Context, tenant TenantID, server ServerID) (string, error) {
	panic("skeleton")
}
