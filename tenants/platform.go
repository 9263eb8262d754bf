package tenants

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
)

// The account with which a platform is set up.
const (
	platformAdminAccount Name   = "admin"
	platformAdminRole    string = "platform-admin" // accessgroups.PlatformAdmin
)

// BootstrapPlatform makes sure that the account "admin" of the platform tenant
// exists and that the API key works for it. It changes nothing the second time.
func (s *Service) BootstrapPlatform(ctx context.Context, apiKey string) error {
	key, err := authentication.ParseAPIKey(apiKey)
	if err != nil {
		return fault.New(fault.Invalid, "malformed-api-key", "the platform's API key looks like swk_<32 hex digits>_<64 hex digits>").Because(err)
	}
	if account, err := s.AuthenticateAPIKey(ctx, apiKey); err == nil && account.Name == platformAdminAccount {
		return nil
	}
	return s.store.Change(ctx, PlatformTenantID, func(ctx context.Context, w Writer) error {
		admin, err := ensurePlatformAdmin(ctx, w)
		if err != nil {
			return err
		}
		keys, err := w.APIKeys(ctx, admin.ID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.ID == key.ID && key.Matches(k.Hash) {
				return nil // made meanwhile by another control plane
			}
		}
		if err := w.InsertAPIKey(ctx, APIKey{ID: key.ID, Tenant: PlatformTenantID, Account: admin.ID, Hash: key.Hash, CreatedAt: now()}); err != nil {
			return err
		}
		return w.Record(ctx, audit.NewEvent(audit.System, string(PlatformTenantID), "account.create-api-key", apiKeyPath(admin.Name, key.ID), nil))
	})
}

func ensurePlatformAdmin(ctx context.Context, w Writer) (Account, error) {
	account, err := w.Account(ctx, platformAdminAccount)
	if !fault.Is(err, fault.NotFound) {
		return account, err
	}
	at := now()
	account = Account{
		ID: NewID[AccountID](), Tenant: PlatformTenantID, Name: platformAdminAccount, Kind: Machine,
		DisplayName: "Platform administrator", Roles: []RoleBinding{{Role: platformAdminRole}},
		Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	if err := w.InsertAccount(ctx, account); err != nil {
		return Account{}, err
	}
	return account, w.Record(ctx, accountEvent(audit.System, "account.create", account))
}
