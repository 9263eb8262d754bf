package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/postgres"
)

const (
	submitRounds    = 3
	submitsPerRound = 1000
	// submitters hand in, or insert, at the same time.
	submitters = 8
)

// benchSubmit measures durable submits per second over REST, in turn with bare
// INSERTs of the rows that a submit writes. What was submitted is run by its
// workflows meanwhile, as in real life.
func benchSubmit(ctx context.Context, e *environment) (result, error) {
	gateway, err := e.logIn(ctx, "gateway")
	if err != nil {
		return result{}, err
	}
	inserter, err := openInserter(ctx, e)
	if err != nil {
		return result{}, err
	}
	defer inserter.close()
	var ours, bares []float64
	for round := range submitRounds {
		rate, err := perSecond(ctx, submitsPerRound, submitters, func(ctx context.Context, i int) error {
			return inserter.insert(ctx, round*submitsPerRound+i)
		})
		if err != nil {
			return result{}, err
		}
		bares = append(bares, rate)
		rate, err = perSecond(ctx, submitsPerRound, submitters, func(ctx context.Context, i int) error {
			_, _, err := gateway.Submit(ctx, client.NewInteraction{
				ExternalID: "submit-" + strconv.Itoa(round*submitsPerRound+i), MediaSource: "bench",
				MediaType: "task", Process: "work", Properties: submittedProperties,
			})
			return err
		})
		if err != nil {
			return result{}, err
		}
		ours = append(ours, rate)
	}
	return newResult("submit", "submits/s", median(ours), "bare INSERTs/s of the same rows", median(bares)), nil
}

var submittedProperties = map[string]any{"product": "Credit card", "issue": "Charged twice", "customer": "C10001"}

func perSecond(ctx context.Context, count, concurrency int, do func(context.Context, int) error) (float64, error) {
	began := time.Now()
	err := inParallel(ctx, count, concurrency, do)
	return float64(count) / time.Since(began).Seconds(), err
}

// inserter writes the rows of a submit into an empty group database, with one
// prepared statement each.
type inserter struct {
	admin     *sqlx.DB
	db        *sqlx.DB
	statement *sqlx.Stmt
}

const insertDatabase = "bench_insert"

const insertSubmit = `
WITH i AS (
    INSERT INTO interactions (id, media_source, external_id, media_type, type, subtype, process, process_version,
        priority, properties, submitted_by, submitted_at, state, changed_at)
    VALUES ($1, 'bench', $2, 'task', '', '', 'work', 1, 0, $3, $4, now(), 'submitted', now())
), e AS (
    INSERT INTO events (at, kind, interaction, actor, server) VALUES (now(), 'submitted', $1, $4, $4)
)
INSERT INTO outbox (kind, interaction, process, media_type, server, created_at)
VALUES ('start', $1, 'work', 'task', $4, now())`

func openInserter(ctx context.Context, e *environment) (*inserter, error) {
	admin, err := postgres.Open(ctx, e.platform.DatabaseURL, postgres.Options{MaxOpen: 1, Name: "bench"})
	if err != nil {
		return nil, err
	}
	i := &inserter{admin: admin}
	if err := i.open(ctx, e); err != nil {
		i.close()
		return nil, err
	}
	return i, nil
}

func (i *inserter) open(ctx context.Context, e *environment) error {
	if _, err := i.admin.ExecContext(ctx, "CREATE DATABASE "+insertDatabase); err != nil {
		return fmt.Errorf("create the database to insert into: %w", err)
	}
	url, err := e.databaseURL(insertDatabase)
	if err != nil {
		return err
	}
	if i.db, err = postgres.Open(ctx, url, postgres.Options{MaxOpen: submitters, MaxIdle: submitters, Name: "bench"}); err != nil {
		return err
	}
	if _, err := migration.Up(ctx, i.db.DB, migration.Solution); err != nil {
		return err
	}
	i.statement, err = i.db.PreparexContext(ctx, insertSubmit)
	return err
}

func (i *inserter) insert(ctx context.Context, n int) error {
	const properties = `{"product":"Credit card","issue":"Charged twice","customer":"C10001"}`
	id, account := uuid.Must(uuid.NewV7()), "01890000-0000-7000-8000-000000000000"
	_, err := i.statement.ExecContext(ctx, id.String(), "insert-"+strconv.Itoa(n), properties, account)
	return err
}

// close drops the database.
func (i *inserter) close() {
	if i.db != nil {
		_ = i.db.Close()
	}
	_, _ = i.admin.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+insertDatabase)
	_ = i.admin.Close()
}
