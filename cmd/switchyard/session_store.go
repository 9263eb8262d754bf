package main

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/switchyard/switchyard/internal/secret"
)

// sessionStore are the flags of what keeps the runtime's sessions, which nodes hand
// on to their servers.
type sessionStore struct {
	SessionStore             string `help:"Redis or Valkey that keeps the sessions of touchpoints, such as redis://user@host:6379/0, or rediss:// with TLS, so that any server of a group goes on with them. Default: each server keeps its own in memory." placeholder:"URL"`
	SessionStorePasswordFile string `help:"File with the password of the session store." placeholder:"FILE" type:"path"`
}

// Validate refuses what servers could not use. Arguments of servers can be read by
// every user of their host, so that a password must not be among them.
func (s *sessionStore) Validate() error {
	if s.SessionStore == "" {
		if s.SessionStorePasswordFile != "" {
			return errors.New("--session-store-password-file: --session-store is expected with it")
		}
		return nil
	}
	parsed, err := url.Parse(s.SessionStore)
	if err != nil || parsed.Host == "" || parsed.Scheme != "redis" && parsed.Scheme != "rediss" {
		return errors.New("--session-store: expected redis://user@host:port/database, or rediss:// with TLS")
	}
	if _, has := parsed.User.Password(); has {
		return errors.New("--session-store: a password is expected in the file of --session-store-password-file, not in the URL")
	}
	return nil
}

// open returns the URL with the password; empty where no store is named.
func (s *sessionStore) open() (string, error) {
	if s.SessionStorePasswordFile == "" {
		return s.SessionStore, nil
	}
	password, err := secret.ReadFile(s.SessionStorePasswordFile)
	if err != nil {
		return "", fmt.Errorf("--session-store-password-file: %w", err)
	}
	parsed, err := url.Parse(s.SessionStore)
	if err != nil {
		return "", errors.New("--session-store: expected redis://user@host:port/database")
	}
	parsed.User = url.UserPassword(parsed.User.Username(), password)
	return parsed.String(), nil
}
