// Package interactionserver is the heart of an interaction server: durable
// interactions, the queues they wait in, the agents that handle them, and the
// matcher that brings the two together.
//
// Three promises hold whatever is killed, retried or raced:
//
//   - nothing is lost: what Submit acknowledged is one committed row that is in
//     exactly one state;
//   - nothing is doubled: a submit is idempotent on (media source, external id),
//     and every change is conditional on the state that it was decided on;
//   - one holder: the holder is a column of the interaction's own row, and the
//     assignment number, which grows with every invitation, fences off whoever
//     held it before.
//
// Every change writes its row, its event and, where the business process has to
// go on, its outbox entry in one transaction. All times are the database's.
//
// Service has the rules and asks for its persistence through Store, which
// sub-package serverpg implements on PostgreSQL. The package imports no web
// framework, no database driver and no Temporal: the business process of an
// interaction is hosted by whoever calls Advance.
package interactionserver
