package tenants

import "context"

// AnyVersion accepts whatever version a resource has; any other expected version
// that is not the present one is a fault of kind PreconditionFailed.
const AnyVersion int64 = 0

// ExistingVersion is AnyVersion for what creates a resource that is not there, but
// now is not to.
const ExistingVersion int64 = -2

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

// view reads one value in a tenant.
func view[T any](ctx context.Context, s *Service, tenant TenantID, read func(ctx context.Context, r Reader) (T, error)) (T, error) {
	var result T
	err := s.store.View(ctx, tenant, func(ctx context.Context, r Reader) (err error) {
		result, err = read(ctx, r)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// change makes a change in a tenant and returns what it came to.
func change[T any](ctx context.Context, s *Service, tenant TenantID, apply func(ctx context.Context, w Writer) (T, error)) (T, error) {
	var result T
	err := s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) (err error) {
		result, err = apply(ctx, w)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}
