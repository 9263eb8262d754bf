// Package postgrestest gives each test a PostgreSQL database of its own, cloned
// in about a tenth of a second from a template that was migrated once.
//
// The databases belong to a role that is not a superuser, as in production, so
// that row level security and missing grants show in tests. The server is named
// by the environment variable SWITCHYARD_TEST_DATABASE_URL; `./task test` sets it.
package postgrestest
