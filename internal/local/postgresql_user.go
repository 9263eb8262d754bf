package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// osUser is whom PostgreSQL runs as; nil is the user of this process.
type osUser struct {
	name     string
	uid, gid uint32
}

// unprivilegedUser returns nil unless this process is root's, as whom PostgreSQL
// refuses to run.
func unprivilegedUser() (*osUser, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &osUser{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user \"postgres\" nor \"nobody\": " +
		"run as another user, or name a server with --database-url")
}

func (u *osUser) credential() *syscall.Credential {
	if u == nil {
		return nil
	}
	return &syscall.Credential{Uid: u.uid, Gid: u.gid}
}

// own gives a file or a folder to the user.
func (u *osUser) own(path string) error {
	if u == nil {
		return nil
	}
	return os.Chown(path, int(u.uid), int(u.gid))
}

// reaches reports whether the user can enter a folder. It asks the kernel, as the
// user: each folder above it counts.
func (u *osUser) reaches(ctx context.Context, dir string) (bool, error) {
	if u == nil {
		return true, nil
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `cd "$1"`, "sh", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: u.credential()}
	err := cmd.Run()
	var refused *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case errors.As(err, &refused):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look whether user %s can reach %s: %w", u.name, dir, err)
	}
	return true, nil
}
