package tenants

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
)

// minPassword is the least length of a password in bytes.
const minPassword = 12

// maxAPIKeys bounds the keys of one account.
const maxAPIKeys = 20

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

// SetPassword gives a person a password of 12 to 1,024 bytes.
func (s *Service) SetPassword(ctx context.Context, by audit.Actor, tenant TenantID, account Name, password string) error {
	if len(password) < minPassword || len(password) > authentication.MaxPasswordLength {
		return fault.New(fault.Invalid, "invalid-input", "the input is not valid").
			At("password", 0, "a password has %d to %d bytes", minPassword, authentication.MaxPasswordLength)
	}
	// Hashing takes long: outside of the transaction, once the account is known.
	if _, err := s.person(ctx, tenant, account); err != nil {
		return err
	}
	hash, err := authentication.HashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		a, err := w.Account(ctx, account)
		if err != nil {
			return err
		}
		if err := w.SavePasswordHash(ctx, a.ID, hash, now()); err != nil {
			return err
		}
		return w.Record(ctx, audit.NewEvent(by, string(tenant), "account.set-password", accountPath(account), nil))
	})
}

func (s *Service) person(ctx context.Context, tenant TenantID, name Name) (Account, error) {
	account, err := s.Account(ctx, tenant, name)
	if err == nil && account.Kind != Person {
		err = fault.New(fault.Conflict, "not-a-person", "an account of kind %s has API keys, not a password", account.Kind)
	}
	return account, err
}

// CreateAPIKey gives an account one more key, at most 20.
func (s *Service) CreateAPIKey(ctx context.Context, by audit.Actor, tenant TenantID, account Name) (IssuedAPIKey, error) {
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (IssuedAPIKey, error) {
		a, err := w.Account(ctx, account)
		if err != nil {
			return IssuedAPIKey{}, err
		}
		keys, err := w.APIKeys(ctx, a.ID)
		if err != nil {
			return IssuedAPIKey{}, err
		}
		if len(keys) >= maxAPIKeys {
			return IssuedAPIKey{}, fault.New(fault.Conflict, "too-many-api-keys", "an account has at most %d API keys; revoke one", maxAPIKeys)
		}
		return issueAPIKey(ctx, w, by, a)
	})
}

// issueAPIKey makes a key for the account.
func issueAPIKey(ctx context.Context, w Writer, by audit.Actor, account Account) (IssuedAPIKey, error) {
	fresh := authentication.NewAPIKey()
	key := APIKey{ID: fresh.ID, Tenant: account.Tenant, Account: account.ID, Hash: fresh.Hash, CreatedAt: now()}
	if err := w.InsertAPIKey(ctx, key); err != nil {
		return IssuedAPIKey{}, err
	}
	err := w.Record(ctx, audit.NewEvent(by, string(account.Tenant), "account.create-api-key", apiKeyPath(account.Name, key.ID), nil))
	return IssuedAPIKey{APIKey: key, Text: fresh.Text}, err
}

// APIKeys lists the keys of an account that are not revoked, oldest first.
func (s *Service) APIKeys(ctx context.Context, tenant TenantID, account Name) ([]APIKey, error) {
	return view(ctx, s, tenant, func(ctx context.Context, r Reader) ([]APIKey, error) {
		a, err := r.Account(ctx, account)
		if err != nil {
			return nil, err
		}
		return r.APIKeys(ctx, a.ID)
	})
}

// RevokeAPIKey ends a key. The audit events keep its id.
func (s *Service) RevokeAPIKey(ctx context.Context, by audit.Actor, tenant TenantID, account Name, id string) error {
	return s.store.Change(ctx, tenant, func(ctx context.Context, w Writer) error {
		a, err := w.Account(ctx, account)
		if err != nil {
			return err
		}
		found, err := w.DeleteAPIKey(ctx, a.ID, id)
		if err != nil {
			return err
		}
		if !found {
			return NotFound("API key")
		}
		return w.Record(ctx, audit.NewEvent(by, string(tenant), "account.revoke-api-key", apiKeyPath(account, id), nil))
	})
}

func apiKeyPath(account Name, id string) string { return accountPath(account) + "/api-keys/" + id }
