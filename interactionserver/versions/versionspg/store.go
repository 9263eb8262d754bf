package versionspg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/switchyard/switchyard/interactionserver/versions"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/postgres"
	"github.com/switchyard/switchyard/tenants"
)

var (
	_ versions.Group = (*Store)(nil)
	_ versions.Store = (*Store)(nil)
)

// Store implements versions.Group and versions.Store.
type Store struct{ db *sqlx.DB }

// New returns a store over the group's database; the pool is lent.
func New(db *sqlx.DB) *Store { return &Store{db: db} }

// versionRow is a row of active_versions.
type versionRow struct {
	Channel string         `db:"channel"`
	Number  int64          `db:"number"`
	Hash    sql.NullString `db:"hash"`
	Name    string         `db:"name"`
	Since   time.Time      `db:"since"`
}

func (r versionRow) version() versions.Version {
	return versions.Version{Channel: r.Channel, Number: r.Number, Hash: r.Hash.String, Name: r.Name, Since: r.Since.UTC()}
}

// Active implements versions.Group and versions.Store.
func (s *Store) Active(ctx context.Context) ([]versions.Version, error) {
	var rows []versionRow
	if err := s.db.SelectContext(ctx, &rows, `SELECT channel, number, hash, name, since FROM active_versions ORDER BY channel`); err != nil {
		return nil, fmt.Errorf("read active versions: %w", postgres.Classify(err))
	}
	active := make([]versions.Version, len(rows))
	for i, row := range rows {
		active[i] = row.version()
	}
	return active, nil
}

// Package implements versions.Store.
func (s *Store) Package(ctx context.Context, hash string) ([]byte, error) {
	var content []byte
	err := s.db.GetContext(ctx, &content, `SELECT content FROM packages WHERE hash = $1`, hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "package-missing", "the group's database has no package %s", hash)
	}
	if err != nil {
		return nil, fmt.Errorf("read package %s: %w", hash, postgres.Classify(err))
	}
	return content, nil
}

// Report implements versions.Store.
func (s *Store) Report(ctx context.Context, server versions.Server, reports []versions.Report) error {
	n := len(reports)
	channels, hashes, problems := make([]string, n), make([]string, n), make([]string, n)
	numbers, sinces := make([]int64, n), make([]time.Time, n)
	for i, r := range reports {
		channels[i], numbers[i], hashes[i], sinces[i], problems[i] = r.Channel, r.Number, r.Hash, r.Since, r.Problem
	}
	_, err := s.db.ExecContext(ctx, `
		WITH known AS (
			INSERT INTO servers (server, name, seen_at) VALUES ($1, $2, now())
			ON CONFLICT (server) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at
		), forgotten AS (
			DELETE FROM server_versions WHERE server = $1 AND channel <> ALL ($3::text[])
		)
		INSERT INTO server_versions (server, channel, number, hash, since, problem)
		SELECT $1, * FROM unnest($3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::text[])
		ON CONFLICT (server, channel) DO UPDATE
		SET number = excluded.number, hash = excluded.hash, since = excluded.since, problem = excluded.problem`,
		server.ID, server.Name, pq.Array(channels), pq.Array(numbers), pq.Array(hashes), pq.Array(sinces), pq.Array(problems))
	if err != nil {
		return fmt.Errorf("report versions: %w", postgres.Classify(err))
	}
	return nil
}

// LiveServers implements versions.Group.
func (s *Store) LiveServers(ctx context.Context) ([]versions.Server, error) {
	var rows []struct {
		Server tenants.ServerID `db:"server"`
		Name   string           `db:"name"`
	}
	if err := s.db.SelectContext(ctx, &rows, `SELECT server, name FROM servers s WHERE `+live+` ORDER BY name, server`); err != nil {
		return nil, fmt.Errorf("look for live servers: %w", postgres.Classify(err))
	}
	servers := make([]versions.Server, len(rows))
	for i, row := range rows {
		servers[i] = versions.Server{ID: row.Server, Name: row.Name}
	}
	return servers, nil
}

// Reports implements versions.Group.
func (s *Store) Reports(ctx context.Context) ([]versions.ServerReport, error) {
	var rows []struct {
		Server  tenants.ServerID `db:"server"`
		Name    string           `db:"name"`
		Live    bool             `db:"live"`
		Channel string           `db:"channel"`
		Number  int64            `db:"number"`
		Hash    string           `db:"hash"`
		Since   time.Time        `db:"since"`
		Problem string           `db:"problem"`
	}
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT s.server, s.name, `+live+` AS live, v.channel, v.number, v.hash, v.since, v.problem
		FROM servers s JOIN server_versions v USING (server) ORDER BY s.name, s.server, v.channel`); err != nil {
		return nil, fmt.Errorf("read what servers report: %w", postgres.Classify(err))
	}
	reports := make([]versions.ServerReport, len(rows))
	for i, row := range rows {
		reports[i] = versions.ServerReport{
			Server: versions.Server{ID: row.Server, Name: row.Name},
			Live:   row.Live,
			Report: versions.Report{Channel: row.Channel, Number: row.Number, Hash: row.Hash, Since: row.Since.UTC(), Problem: row.Problem},
		}
	}
	return reports, nil
}
