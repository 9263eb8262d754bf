// Package history keeps what happened with offers: contacts (an offer was
// presented), responses to them, and responses of which no contact is known.
//
// A Recorder writes them in groups: callers hand in a batch and wait until the
// transaction that has it is committed. What Record has returned without an error
// is durable; what it has returned with one may be stored all the same, and
// recording it again is safe, if the batch says so: a contact counts once by its
// treatment, a response once by treatment and type.
//
// In the same transaction the state of each customer and offer is brought up to
// date (customer.Past) and used-up presentations of total limits are counted.
//
// Limits hands out presentations of offers with a total limit. A server reserves
// them in small chunks in the group's database, so that all servers together
// never present more than allowed.
//
// Whoever copies the history reads it by sequence: see Page.
//
// The package knows no database; sub-package historypg is the Store.
package history
