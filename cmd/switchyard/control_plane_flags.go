package main

import (
	"fmt"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/secret"
)

// controlPlaneFlags say which control plane to call, and as whom.
type controlPlaneFlags struct {
	ControlPlane string `help:"Base URL of the control plane." default:"http://127.0.0.1:7400"`
	// A control plane that cannot reach its database says so after about ten seconds.
	CallTimeout time.Duration `help:"Give up a call that is not answered after this time, with all its tries." default:"30s"`
	KeyFile     string        `help:"File with the API key to use; the default is that of the platform under ./.switchyard." type:"path" default:".switchyard/keys/platform-admin.key"`
}

func (f controlPlaneFlags) client() (*client.Client, error) {
	key, err := secret.ReadFile(f.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read the API key, see --key-file: %w", err)
	}
	return client.New(f.ControlPlane, client.Options{Credential: key, Within: f.CallTimeout}), nil
}
