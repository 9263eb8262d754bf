package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/local"
	"github.com/switchyard/switchyard/tenants"
)

// keysCommand makes the key files that the other sub-commands read.
type keysCommand struct {
	Dir          string        `help:"Folder of the control plane's key files, encryption.key and platform-admin.key." placeholder:"DIR" type:"path" required:""`
	ControlPlane string        `help:"Base URL of the control plane, for --node." placeholder:"URL"`
	Node         []string      `help:"Node to make an account and a key file for; may be repeated." placeholder:"NAME"`
	NodeDir      string        `help:"Folder of the nodes' key files, NAME.key; default: that of --dir." placeholder:"DIR" type:"path"`
	Mode         fileMode      `help:"Permissions of the files that are made: 0600, or 0640 to share them with a group." default:"0600"`
	Within       time.Duration `help:"How long to wait for the control plane." default:"2m"`
}

// Validate refuses combinations of flags that make no sense.
func (c *keysCommand) Validate() error {
	if (c.ControlPlane == "") != (len(c.Node) == 0) {
		return errors.New("--control-plane and --node go together")
	}
	for _, name := range c.Node {
		if _, err := tenants.ParseName(name); err != nil {
			return fmt.Errorf("--node: %w", err)
		}
	}
	return nil
}

// Run makes what is missing, and says where the files are but not what is in them.
func (c *keysCommand) Run(ctx context.Context, out io.Writer) error {
	keys := c.keys()
	platform, err := keys.Make()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, keys.Encryption())
	fmt.Fprintln(out, keys.Platform())
	if len(c.Node) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	// The time is what bounds the tries.
	admin := client.New(c.ControlPlane, client.Options{Credential: platform, Retries: math.MaxInt})
	for _, name := range c.Node {
		if err := keys.MakeNode(ctx, admin, name); err != nil {
			return err
		}
		fmt.Fprintln(out, keys.Node(name))
	}
	return nil
}

func (c *keysCommand) keys() local.Keys {
	return local.Keys{Dir: c.Dir, NodeDir: c.NodeDir, Mode: os.FileMode(c.Mode)}
}

// fileMode is written as 0640.
type fileMode os.FileMode

// UnmarshalText reads permissions that a file with a secret may have.
func (m *fileMode) UnmarshalText(text []byte) error {
	mode, err := strconv.ParseUint(string(text), 8, 32)
	if err != nil || mode&^0o660 != 0 || mode&0o400 == 0 {
		return fmt.Errorf("permissions look like 0600 or 0640, and never let all users in, unlike %q", text)
	}
	*m = fileMode(mode)
	return nil
}
