package serverapi

import (
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/tenants"
)

// directory is one configuration, indexed for lookups. It is immutable.
type directory struct {
	source   *configuration.Configuration
	accounts map[tenants.AccountID]*configuration.Account
	byName   map[tenants.Name]tenants.AccountID
	keys     map[string]storedKey // by id
}

type storedKey struct {
	account *configuration.Account
	hash    []byte
}

func newDirectory(c *configuration.Configuration) *directory {
	d := &directory{
		source:   c,
		accounts: make(map[tenants.AccountID]*configuration.Account, len(c.Accounts)),
		byName:   make(map[tenants.Name]tenants.AccountID, len(c.Accounts)),
		keys:     map[string]storedKey{},
	}
	for i := range c.Accounts {
		account := &c.Accounts[i]
		d.accounts[tenants.AccountID(account.ID)] = account
		d.byName[account.Name] = tenants.AccountID(account.ID)
		for _, key := range account.APIKeys {
			d.keys[key.ID] = storedKey{account: account, hash: key.Hash}
		}
	}
	return d
}

// name returns an account's name; its id when it is no longer among the accounts.
func (d *directory) name(id tenants.AccountID) string {
	if account, ok := d.accounts[id]; ok {
		return account.Name
	}
	return string(id)
}

// mayAny reports whether some process allows the account one of the actions.
func (d *directory) mayAny(id tenants.AccountID, actions []accessgroups.Action) bool {
	account, ok := d.accounts[id]
	if !ok {
		return false
	}
	for _, granted := range account.Actions {
		for _, has := range granted {
			for _, wants := range actions {
				if has == string(wants) {
					return true
				}
			}
		}
	}
	return false
}

// directories keeps the directory of the configuration in force, and the verifier
// of tokens in step with it.
type directories struct {
	configuration func() *configuration.Configuration
	log           *slog.Logger

	mu       sync.Mutex
	verifier *authentication.Verifier // nil before the first configuration
	present  atomic.Pointer[indexed]
}

// indexed belongs together: a token is verified with the keys of the accounts
// that it is looked up in.
type indexed struct {
	*directory
	verifier *authentication.Verifier
}

// current returns the directory of the configuration in force; nil before the
// first one.
func (d *directories) current() *indexed {
	c := d.configuration()
	if c == nil {
		return nil
	}
	if present := d.present.Load(); present != nil && present.source == c {
		return present
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if present := d.present.Load(); present != nil && present.source == c {
		return present
	}
	if d.verifier == nil {
		d.verifier = authentication.NewVerifier(authentication.ServerGroup(c.Group.ID), nil)
	}
	keys := make([]authentication.VerificationKey, len(c.Keys))
	for i, key := range c.Keys {
		keys[i] = authentication.VerificationKey{ID: key.ID, Public: key.Public}
	}
	if err := d.verifier.SetKeys(keys); err != nil {
		d.log.Error("a verification key of the configuration is unusable", "error", err)
	}
	next := &indexed{directory: newDirectory(c), verifier: d.verifier}
	d.present.Store(next)
	return next
}
