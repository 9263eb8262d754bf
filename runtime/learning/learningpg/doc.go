// Package learningpg keeps what learning models have learned in the database of a
// server group.
//
// Learn is a part of the transaction that writes contacts and responses: it notes
// what was presented and accepted, each acceptance once. Nothing is changed that
// another transaction may have locked. Fold adds what was noted to the statistics,
// in one server at a time, and Read returns what has changed. A Keeper does both
// once a second.
package learningpg
