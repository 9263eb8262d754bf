package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/interactionserver/server"
)

// retention are the flags of how long a group's database keeps what grows with its
// visitors, which nodes hand on to their servers.
type retention struct {
	KeepHistory  time.Duration `help:"How long servers keep contacts and responses in their group's database, once the tenant's history has them; at least 24h, 0 for ever. A response that comes later is matched in the tenant's history alone." default:"2160h"`
	KeepPatterns time.Duration `help:"How long servers keep what event patterns remember of a customer of whom no event comes; 0 for ever." default:"8760h"`
}

// Validate refuses what would drop what sessions still need.
func (r *retention) Validate() error {
	if r.KeepHistory != 0 && r.KeepHistory < server.MinHistory {
		return fmt.Errorf("--keep-history: expected 24h or more, or 0 for ever, not %s", r.KeepHistory)
	}
	if r.KeepPatterns < 0 {
		return fmt.Errorf("--keep-patterns: expected a time, or 0 for ever, not %s", r.KeepPatterns)
	}
	return nil
}

// arguments are those of a command that has the same flags.
func (r *retention) retentionArguments() []string {
	return []string{"--keep-history=" + r.KeepHistory.String(), "--keep-patterns=" + r.KeepPatterns.String()}
}

// serverSettings are the flags of servers that nodes hand on.
type serverSettings struct {
	sessionStore
	retention
}

// Validate refuses what servers could not use.
func (s *serverSettings) Validate() error {
	return errors.Join(s.sessionStore.Validate(), s.retention.Validate())
}

func (r *retention) options() server.Retention {
	return server.Retention{History: r.KeepHistory, Patterns: r.KeepPatterns}
}
