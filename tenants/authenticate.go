package tenants

import (
	"context"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
)

// errCredentials never tells what of the credentials was wrong.
func errCredentials() error {
	return fault.New(fault.Unauthenticated, "invalid-credentials", "the credentials are not valid")
}

// Authenticate returns the account of a login. Whatever is wrong, the tenant, the
// account, the password, or that the account is disabled, the answer and the
// time that it takes are the same.
func (s *Service) Authenticate(ctx context.Context, tenant, account Name, password string) (Account, error) {
	found, hash, err := s.findLogin(ctx, tenant, account)
	if fault.Is(err, fault.NotFound) {
		if err := authentication.VerifyNothing(ctx, password); err != nil {
			return Account{}, err
		}
		return Account{}, errCredentials()
	}
	if err != nil {
		return Account{}, err
	}
	matches, err := authentication.VerifyPassword(ctx, hash, password)
	if err != nil {
		return Account{}, err
	}
	if !matches || found.Disabled {
		return Account{}, errCredentials()
	}
	return found, nil
}

// findLogin returns an account with its password hash; an account without one is
// not found.
func (s *Service) findLogin(ctx context.Context, tenant, account Name) (found Account, hash string, err error) {
	t, err := s.store.TenantByName(ctx, tenant)
	if err != nil {
		return Account{}, "", err
	}
	err = s.store.View(ctx, t.ID, func(ctx context.Context, r Reader) error {
		if found, err = r.Account(ctx, account); err != nil {
			return err
		}
		var has bool
		if hash, has, err = r.FindPasswordHash(ctx, found.ID); err != nil {
			return err
		}
		if !has {
			return NotFound("password")
		}
		return nil
	})
	return found, hash, err
}

// AuthenticateAPIKey returns the account of a key's text.
func (s *Service) AuthenticateAPIKey(ctx context.Context, text string) (Account, error) {
	key, err := authentication.ParseAPIKey(text)
	if err != nil {
		return Account{}, err
	}
	stored, account, found, err := s.store.FindAPIKey(ctx, key.ID)
	if err != nil {
		return Account{}, err
	}
	if !found || !key.Matches(stored.Hash) || account.Disabled {
		return Account{}, errCredentials()
	}
	return account, nil
}
