// Package serverpg keeps a server group's interactions in PostgreSQL.
//
// Nearly every change is a single statement in which common table expressions
// write the row, its event and its outbox entry: one round trip, one commit, and
// no state of the client in between that a crash could lose. Locks are taken in
// one order everywhere: interactions by id, then agent_media; statements that
// still meet in a deadlock are repeated.
//
// Times are clock_timestamp() of the updating statement, which is evaluated
// under the row's lock, so that the events of one interaction never run backwards.
package serverpg
