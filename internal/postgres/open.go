package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const (
	defaultMaxOpen = 8
	idleTime       = time.Minute
	connectTimeout = 5 * time.Second
	verifyTimeout  = 10 * time.Second
	// answerSlack is how much later than its time is over a server may say so.
	answerSlack = 5 * time.Second
)

// Options tune a pool. The zero value is right for a small service.
type Options struct {
	// MaxOpen bounds the connections; 0 is 8.
	MaxOpen int
	// MaxIdle bounds the connections kept between uses; 0 is MaxOpen. What is
	// idle for a minute is closed in any case.
	MaxIdle int
	// Name is seen in pg_stat_activity; empty is "switchyard".
	Name string
	// StatementTimeout ends a statement that runs longer, on the server's side;
	// 0 leaves the role's setting. A server that says nothing for five seconds more
	// is given up with its connection: it may be frozen.
	StatementTimeout time.Duration
}

// Open returns a pool for the database at the URL postgres://user:password@host/name,
// after one successful round trip. Where the URL is silent, it sets sslmode
// ("disable" on loopback and sockets, "require" elsewhere), connect_timeout,
// application_name and binary_parameters: a statement goes out with its arguments, in
// one round trip in place of two, and an argument of bytes is a bytea, never JSON. Its
// errors never show the password.
func Open(ctx context.Context, databaseURL string, o Options) (*sqlx.DB, error) {
	dsn, address, err := complete(databaseURL, o)
	if err != nil {
		return nil, err
	}
	connector, err := pq.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("database URL of %s: unusable parameters", address)
	}
	prompt := promptConnector{Connector: connector}
	if o.StatementTimeout > 0 {
		prompt.answerWithin = o.StatementTimeout + answerSlack
	}
	pool := sql.OpenDB(prompt)
	maxOpen := o.MaxOpen
	if maxOpen == 0 {
		maxOpen = defaultMaxOpen
	}
	maxIdle := o.MaxIdle
	if maxIdle == 0 {
		maxIdle = maxOpen
	}
	pool.SetMaxOpenConns(maxOpen)
	pool.SetMaxIdleConns(maxIdle)
	pool.SetConnMaxIdleTime(idleTime)

	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to database %s: %w", address, Classify(err)), pool.Close())
	}
	return sqlx.NewDb(pool, "postgres"), nil
}

// complete adds what the URL leaves open and returns it with a form of it that
// may be shown: host and database.
func complete(databaseURL string, o Options) (dsn, address string, err error) {
	u, err := url.Parse(databaseURL)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return "", "", errors.New("a database URL looks like postgres://user:password@host:5432/name")
	}
	query := u.Query()
	setDefault := func(key, value string) {
		if !query.Has(key) {
			query.Set(key, value)
		}
	}
	host := u.Hostname()
	if host == "" {
		host = query.Get("host")
	}
	if isLocal(host) {
		setDefault("sslmode", "disable")
	} else {
		setDefault("sslmode", "require")
	}
	setDefault("connect_timeout", strconv.Itoa(int(connectTimeout.Seconds())))
	name := o.Name
	if name == "" {
		name = "switchyard"
	}
	setDefault("application_name", name)
	setDefault("binary_parameters", "yes")
	if o.StatementTimeout > 0 {
		query.Set("statement_timeout", strconv.FormatInt(o.StatementTimeout.Milliseconds(), 10))
	}
	u.RawQuery = query.Encode()
	return u.String(), u.Host + u.Path, nil
}

// isLocal reports whether traffic to host stays on this machine.
func isLocal(host string) bool {
	if host == "" || host == "localhost" || strings.HasPrefix(host, "/") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// CheckDurability refuses a server that may lose what it has acknowledged:
// fsync, full_page_writes or synchronous_commit is off.
func CheckDurability(ctx context.Context, db *sqlx.DB) error {
	for _, setting := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		var value string
		if err := db.GetContext(ctx, &value, "SELECT current_setting($1)", setting); err != nil {
			return fmt.Errorf("read setting %s: %w", setting, Classify(err))
		}
		if value == "off" {
			return fmt.Errorf("PostgreSQL runs with %s = off and would lose acknowledged work in a crash; set it to on", setting)
		}
	}
	return nil
}
