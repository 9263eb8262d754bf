package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeFile replaces a file as a whole: a reader, and whoever comes after a
// crash, sees the old content or the new.
func writeFile(path string, content []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// keptSecret returns the trimmed text of a secret's file, made with mode and what
// fresh returns when it is not there.
func keptSecret(path string, mode os.FileMode, fresh func() (string, error)) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read key: %w", err)
	}
	secret, err := fresh()
	if err != nil {
		return "", err
	}
	return secret, writeSecret(path, secret, mode)
}

// writeSecret replaces a secret's file. A folder that it makes can be entered by
// whom mode lets read.
func writeSecret(path, secret string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700|mode>>2&0o011); err != nil {
		return fmt.Errorf("make key folder: %w", err)
	}
	if err := writeFile(path, []byte(secret+"\n"), mode); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	return nil
}
