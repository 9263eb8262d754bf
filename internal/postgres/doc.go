// Package postgres is how Switchyard talks to PostgreSQL: opening pools with
// deadlines, transactions that are repeated when PostgreSQL asks for it, the
// tenant of a transaction for row level security, and the classification of
// driver errors.
//
// It knows nothing of any table. It imports no domain package.
package postgres
