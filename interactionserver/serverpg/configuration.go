package serverpg

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/interactionserver/configuration"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

// SaveConfiguration keeps the configuration and every process version in it.
func (s *Store) SaveConfiguration(ctx context.Context, c configuration.Configuration) error {
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode configuration: %w", err)
	}
	n := len(c.Processes)
	names, versions, hashes, documents := make([]string, n), make([]int64, n), make([]string, n), make([]string, n)
	for i, p := range c.Processes {
		names[i], versions[i], hashes[i], documents[i] = p.Name, int64(p.Version), p.Hash, p.Document
	}
	err = postgres.InTx(ctx, s.db, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO process_definitions (name, version, hash, document)
			SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[]) AS p (name, version, hash, document) ORDER BY 1, 2
			ON CONFLICT (name, version) DO NOTHING`,
			pq.Array(names), pq.Array(versions), pq.Array(hashes), pq.Array(documents)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO server_configuration (server, revision, configuration) VALUES ($1, $2, $3)
			ON CONFLICT (server) DO UPDATE SET revision = $2, configuration = $3, received_at = now()`,
			s.server, c.Revision, string(text))
		return err
	})
	if err != nil {
		return fmt.Errorf("save configuration: %w", postgres.Classify(err))
	}
	return nil
}

// FindConfiguration returns what was saved last for this server.
func (s *Store) FindConfiguration(ctx context.Context) (configuration.Configuration, bool, error) {
	var c configuration.Configuration
	var text string
	found, err := s.one(ctx, "find configuration", &text,
		`SELECT configuration FROM server_configuration WHERE server = $1`, s.server)
	if err != nil || !found {
		return c, false, err
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return c, false, fmt.Errorf("read stored configuration: %w", err)
	}
	return c, true, nil
}

// FindDocument returns a version of a business process.
func (s *Store) FindDocument(ctx context.Context, name tenants.Name, version int) (string, bool, error) {
	var document string
	found, err := s.one(ctx, "find process definition", &document,
		`SELECT document FROM process_definitions WHERE name = $1 AND version = $2`, name, version)
	return document, found, err
}
