package local

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/secret"
)

// Keys are the key files of a platform: one folder for those of the control
// plane, and one, which may be the same, for those of the nodes.
type Keys struct {
	Dir     string
	NodeDir string // Dir if empty
	// Mode is the permissions of files that are made; 0600 if zero. With bits of
	// the group, a folder that is made lets the group in as well.
	Mode os.FileMode
}

// Encryption is the path of the key that seals stored secrets.
func (k Keys) Encryption() string { return filepath.Join(k.Dir, "encryption.key") }

// Platform is the path of the API key of the platform's administrator.
func (k Keys) Platform() string { return filepath.Join(k.Dir, "platform-admin.key") }

// Node is the path of the API key of a node.
func (k Keys) Node(name string) string {
	dir := k.NodeDir
	if dir == "" {
		dir = k.Dir
	}
	return filepath.Join(dir, name+".key")
}

// Make makes what the control plane needs, unless it is there, and returns the
// API key of the platform's administrator.
func (k Keys) Make() (platform string, err error) {
	if _, err := keptSecret(k.Encryption(), k.mode(), func() (string, error) { return secret.EncodeKey(secret.NewKey()), nil }); err != nil {
		return "", err
	}
	return keptSecret(k.Platform(), k.mode(), func() (string, error) { return authentication.NewAPIKey().Text, nil })
}

// MakeNode makes a node's account and key file with the administrator's client,
// unless there is a file with a key that the control plane accepts.
func (k Keys) MakeNode(ctx context.Context, admin *client.Client, name string) error {
	// First, as the call that is tried again while the control plane starts.
	if err := makeNodeAccount(ctx, admin, name); err != nil {
		return fmt.Errorf("make the account of node %s: %w", name, err)
	}
	good, err := nodeKeyIsGood(ctx, admin, k.Node(name))
	if err != nil {
		return fmt.Errorf("check the key of node %s: %w", name, err)
	}
	if good {
		return nil
	}
	created, err := admin.CreateAPIKey(ctx, platformTenant, name)
	if err != nil {
		return fmt.Errorf("make the key of node %s: %w", name, err)
	}
	return writeSecret(k.Node(name), created.Key, k.mode())
}

func (k Keys) mode() os.FileMode {
	if k.Mode == 0 {
		return 0o600
	}
	return k.Mode
}

// platformTenant has the accounts of administrators and nodes.
const platformTenant = "platform"

func makeNodeAccount(ctx context.Context, admin *client.Client, name string) error {
	const kind = "node"
	account, err := admin.Account(ctx, platformTenant, name)
	if err == nil && account.Kind != kind {
		return fmt.Errorf("there is an account of kind %s with this name", account.Kind)
	}
	if !client.IsNotFound(err) {
		return err
	}
	_, err = admin.CreateAccount(ctx, platformTenant, client.NewAccount{
		Name: name, Kind: kind, Roles: []client.RoleBinding{{Role: "node"}},
	})
	if client.IsStatus(err, http.StatusConflict) { // made in between
		return nil
	}
	return err
}

// nodeKeyIsGood reports whether there is a key in the file and it is accepted.
func nodeKeyIsGood(ctx context.Context, admin *client.Client, path string) (bool, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = admin.CreateToken(ctx, client.NewToken{APIKey: strings.TrimSpace(string(key))})
	if client.IsStatus(err, http.StatusUnauthorized) {
		return false, nil
	}
	return err == nil, err
}
