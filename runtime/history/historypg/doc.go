// Package historypg keeps the history in the group's PostgreSQL database.
//
// Contacts are written in blocks: one row has those of a transaction, up to some
// hundred, as lines of JSON. They are read as they were written, by transfers, and
// one at a time by responses, which find the block by the range of its treatments.
// The view contacts has them as rows, for people.
//
// A writer holds the advisory lock of the history shared, from before it draws
// its first number of the sequence until it has committed. A reader looks at the
// sequence and then waits for those who hold the lock at that moment: after that
// every number that was drawn is committed or lost for good, so that reading up to
// the last of them misses nothing, in whatever order transactions commit. Numbers of
// transaction ids (xid8) would do the same, but start again when a database is
// dumped and restored.
//
// What happened is added to the rows of customers and offers. Where an offer has a
// limit within a time they are read, changed by package customer and written back: who
// finds another version than was read then begins again, and locks them first. Always
// rows are made and locked in the order of their keys, so that no transactions wait for
// each other in a circle: PostgreSQL looks for that after a second only, which is too
// long for a call.
package historypg
