package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/switchyard/switchyard/internal/postgres"
)

const (
	superuser          = "postgres"
	postgreSQLStartsIn = time.Minute
)

// PostgreSQLOptions say where PostgreSQL keeps its data.
type PostgreSQLOptions struct {
	// Dir is the folder of the cluster and its log; it is made when missing.
	Dir string
	// Port is taken when it is free, and else another; 0 is 7432.
	Port int
	// Binaries is the folder with postgres and initdb; empty looks for one, see
	// StartPostgreSQL.
	Binaries string
	// Repository is the Maven repository to download binaries from; empty is
	// Maven Central.
	Repository string
	// MaxConnections bounds the connections of all clients; 0 is 400.
	MaxConnections int
	Log            *slog.Logger
}

// PostgreSQL is a running server.
type PostgreSQL struct {
	*Process
	// URL is the superuser's, in the maintenance database.
	URL string
	// Port on 127.0.0.1.
	Port int
	// Version is the server's major version, "15".
	Version string
	// Data is the folder of the cluster.
	Data string
}

// StartPostgreSQL starts a server on 127.0.0.1 and waits until it answers. It
// uses the binaries on PATH, else the newest under /usr/lib/postgresql, else
// downloads them; a cluster that exists is served by binaries of its version
// only. As root it runs as the user "postgres", else "nobody".
func StartPostgreSQL(ctx context.Context, o PostgreSQLOptions) (*PostgreSQL, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Port == 0 {
		o.Port = 7432
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = 400
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make PostgreSQL folder: %w", err)
	}
	user, err := unprivilegedUser()
	if err != nil {
		return nil, err
	}
	home, err := findHome(ctx, o, user)
	if err != nil {
		return nil, err
	}
	bin, err := findBinaries(ctx, o, home)
	if err != nil {
		return nil, err
	}
	return startCluster(ctx, o, cluster{data: filepath.Join(home, "data"), bin: bin, user: user, passwordFile: filepath.Join(o.Dir, "superuser.key")})
}

// startCluster initialises the cluster when it is new and starts its server.
func startCluster(ctx context.Context, o PostgreSQLOptions, c cluster) (*PostgreSQL, error) {
	options := ProcessOptions{
		Name: "PostgreSQL", Path: c.bin.postgres(), Dir: filepath.Dir(c.data),
		LogFile: filepath.Join(o.Dir, "postgresql.log"), PIDFile: filepath.Join(o.Dir, "process.json"),
		Credential: c.user.credential(),
		StopSignal: syscall.SIGINT, // "fast": ends sessions, then writes a checkpoint
		Grace:      time.Minute,
		Prepare:    c.removeStaleLock,
		Log:        o.Log,
	}
	// Before the port is looked for: a predecessor still has it.
	if err := NewProcess(options).EndPredecessor(ctx); err != nil {
		return nil, err
	}
	if err := c.endForgottenServer(ctx); err != nil {
		return nil, err
	}
	password, err := c.prepare(ctx)
	if err != nil {
		return nil, err
	}
	port, err := FreePort(o.Port)
	if err != nil {
		return nil, err
	}
	options.Args = c.arguments(port, o.MaxConnections)
	p := &PostgreSQL{Process: NewProcess(options), URL: superuserURL(port, password), Port: port, Version: c.bin.version, Data: c.data}
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, postgreSQLStartsIn)
	defer cancel()
	if err := p.Await(ctx, p.answers); err != nil {
		p.Stop(context.WithoutCancel(ctx))
		return nil, err
	}
	return p, nil
}

// answers is ready when a superuser can log in and nothing acknowledged can be lost.
func (p *PostgreSQL) answers(ctx context.Context) error {
	db, err := postgres.Open(ctx, p.URL, postgres.Options{MaxOpen: 1, Name: "switchyard-local"})
	if err != nil {
		return err
	}
	return errors.Join(postgres.CheckDurability(ctx, db), db.Close())
}

// DatabaseURL returns the URL of a role in a database of this server.
func (p *PostgreSQL) DatabaseURL(role, password, database string) string {
	return databaseURL(p.Port, role, password, database)
}

func superuserURL(port int, password string) string {
	return databaseURL(port, superuser, password, "postgres")
}

func databaseURL(port int, role, password, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(role, password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}
