package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// elsewhereFolders hold clusters whose state folder PostgreSQL's user cannot
// reach, in order of preference.
var elsewhereFolders = []string{"/var/lib/switchyard", "/var/tmp/switchyard"}

// findHome returns the folder that holds the cluster: o.Dir, or when user cannot
// reach that, one elsewhere whose path is recorded in o.Dir.
func findHome(ctx context.Context, o PostgreSQLOptions, user *osUser) (string, error) {
	record := filepath.Join(o.Dir, "location")
	text, err := os.ReadFile(record)
	if err == nil {
		home := strings.TrimSpace(string(text))
		if _, err := os.Stat(home); err != nil {
			return "", fmt.Errorf("the database folder that %s names is not there; remove %s to begin anew: %w", record, o.Dir, err)
		}
		return home, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read where the database folder is: %w", err)
	}
	reached, err := user.reaches(ctx, o.Dir)
	if err != nil {
		return "", err
	}
	if reached {
		return o.Dir, nil
	}
	home, err := makeElsewhere(ctx, o, user)
	if err != nil {
		return "", err
	}
	if err := writeFile(record, []byte(home+"\n"), 0o644); err != nil {
		return "", fmt.Errorf("record where the database folder is: %w", err)
	}
	o.Log.Warn("PostgreSQL's user cannot reach the state folder; the database is kept elsewhere",
		"user", user.name, "dir", o.Dir, "database_dir", home)
	return home, nil
}

// makeElsewhere makes a folder named after o.Dir that user can reach. What an
// earlier state folder of the same path has left there is removed with its
// server: the keys to it are gone.
func makeElsewhere(ctx context.Context, o PostgreSQLOptions, user *osUser) (string, error) {
	sum := sha256.Sum256([]byte(o.Dir))
	name := hex.EncodeToString(sum[:8])
	var failures []error
	for _, folder := range elsewhereFolders {
		home := filepath.Join(folder, name)
		if err := (cluster{data: filepath.Join(home, "data")}).endForgottenServer(ctx); err != nil {
			return "", err
		}
		if err := errors.Join(os.RemoveAll(home), os.MkdirAll(home, 0o755)); err != nil {
			failures = append(failures, err)
			continue
		}
		reached, err := user.reaches(ctx, home)
		if err != nil || reached {
			return home, err
		}
		failures = append(failures, os.Remove(home))
	}
	return "", fmt.Errorf("user %s, as whom PostgreSQL runs, can reach neither %s nor %s: choose another state folder with --dir: %w",
		user.name, o.Dir, strings.Join(elsewhereFolders, " nor "), errors.Join(failures...))
}

// RemovePostgreSQL removes the folder of a stopped server, also what is kept
// elsewhere.
func RemovePostgreSQL(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "location"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if home := strings.TrimSpace(string(text)); home != "" {
		if err := os.RemoveAll(home); err != nil {
			return err
		}
	}
	return os.RemoveAll(dir)
}
