package tenants

import (
	"context"
	"fmt"
	"slices"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
)

// SecretKind says what a sealed secret is.
type SecretKind string

// The closed set of secret kinds.
const (
	groupPassword SecretKind = "group-password" // owner: id of the server group
	serverAPIKey  SecretKind = "server-api-key" // owner: id of the server
	treatmentKey  SecretKind = "treatment-key"  // owner: id of the tenant
	webhookKeys   SecretKind = "webhook-keys"   // owner: id of the solution
)

// GroupCredentials are the names and the secret of a group's database. Never log
// them.
type GroupCredentials struct {
	Database string
	Owner    string // role without log-in
	Role     string // role of the servers
	Password string
	// Servers is for how many servers the role's connections have to do; 0 stands
	// for one. It is known to those alone who provision the group.
	Servers int
}

// GroupCredentials returns the same credentials each time; the first call makes
// the password.
func (s *Service) GroupCredentials(ctx context.Context, tenant TenantID, group ServerGroupID) (GroupCredentials, error) {
	credentials, err := view(ctx, s, tenant, func(ctx context.Context, r Reader) (GroupCredentials, error) {
		return s.storedCredentials(ctx, r, tenant, group)
	})
	if err != nil || credentials.Password != "" {
		return credentials, err
	}
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (GroupCredentials, error) {
		credentials, err := s.storedCredentials(ctx, w, tenant, group)
		if err != nil || credentials.Password != "" {
			return credentials, err
		}
		credentials.Password = randomHex(24)
		return credentials, s.sealSecret(ctx, w, tenant, groupPassword, string(group), credentials.Password)
	})
}

// storedCredentials returns the group's credentials, without a password as long
// as none was made.
func (s *Service) storedCredentials(ctx context.Context, r Reader, tenant TenantID, group ServerGroupID) (GroupCredentials, error) {
	g, err := r.ServerGroupByID(ctx, group)
	if err != nil {
		return GroupCredentials{}, err
	}
	password, _, err := s.openSecret(ctx, r, tenant, groupPassword, string(group))
	if err != nil {
		return GroupCredentials{}, err
	}
	return GroupCredentials{Database: g.Database, Owner: g.Database + "_owner", Role: g.Database + "_app", Password: password}, nil
}

// ServerAPIKey returns the text of a key of the account that the server runs as:
// the same each time, until it is revoked or the server gets another account.
func (s *Service) ServerAPIKey(ctx context.Context, tenant TenantID, server ServerID) (string, error) {
	text, err := view(ctx, s, tenant, func(ctx context.Context, r Reader) (string, error) {
		text, _, err := s.storedServerKey(ctx, r, tenant, server)
		return text, err
	})
	if err != nil || text != "" {
		return text, err
	}
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (string, error) {
		text, account, err := s.storedServerKey(ctx, w, tenant, server)
		if err != nil || text != "" {
			return text, err
		}
		key, err := issueAPIKey(ctx, w, audit.System, account)
		if err != nil {
			return "", err
		}
		return key.Text, s.sealSecret(ctx, w, tenant, serverAPIKey, string(server), key.Text)
	})
}

// storedServerKey returns the server's key, empty where it has none that is good,
// and its account.
func (s *Service) storedServerKey(ctx context.Context, r Reader, tenant TenantID, server ServerID) (string, Account, error) {
	srv, err := r.ServerByID(ctx, server)
	if err != nil {
		return "", Account{}, err
	}
	account, err := r.AccountByID(ctx, srv.Account)
	if err != nil {
		return "", Account{}, err
	}
	text, found, err := s.openSecret(ctx, r, tenant, serverAPIKey, string(server))
	if err != nil || !found {
		return "", account, err
	}
	good, err := isKeyOf(ctx, r, text, account.ID)
	if err != nil || !good {
		return "", account, err
	}
	return text, account, nil
}

// revokeServerKey ends the key that the server logs in with, if it has one.
func (s *Service) revokeServerKey(ctx context.Context, w Writer, by audit.Actor, server Server) error {
	text, found, err := s.openSecret(ctx, w, server.Tenant, serverAPIKey, string(server.ID))
	if err != nil || !found {
		return err
	}
	if err := w.DeleteSecret(ctx, serverAPIKey, string(server.ID)); err != nil {
		return err
	}
	key, err := authentication.ParseAPIKey(text)
	if err != nil {
		return nil //nolint:nilerr // what cannot be read opens nothing
	}
	revoked, err := w.DeleteAPIKey(ctx, server.Account, key.ID)
	if err != nil || !revoked {
		return err
	}
	return w.Record(ctx, audit.NewEvent(by, string(server.Tenant), "account.revoke-api-key", apiKeyPath(server.AccountName, key.ID), nil))
}

// isKeyOf reports whether the key is one of the account's present keys.
func isKeyOf(ctx context.Context, r Reader, text string, account AccountID) (bool, error) {
	key, err := authentication.ParseAPIKey(text)
	if err != nil {
		return false, nil //nolint:nilerr // what cannot be read is replaced
	}
	keys, err := r.APIKeys(ctx, account)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(keys, func(k APIKey) bool { return k.ID == key.ID }), nil
}

func (s *Service) openSecret(ctx context.Context, r Reader, tenant TenantID, kind SecretKind, owner string) (text string, found bool, err error) {
	sealed, found, err := r.FindSecret(ctx, kind, owner)
	if err != nil || !found {
		return "", false, err
	}
	plain, err := s.sealer.Open(sealed, []byte(tenant))
	if err != nil {
		return "", false, fault.New(fault.Internal, "sealed-secret", "a stored secret cannot be opened").
			Because(fmt.Errorf("open %s of %s: %w", kind, owner, err))
	}
	return string(plain), true, nil
}

func (s *Service) sealSecret(ctx context.Context, w Writer, tenant TenantID, kind SecretKind, owner, text string) error {
	return w.SaveSecret(ctx, kind, owner, s.sealer.Seal([]byte(text), []byte(tenant)))
}
