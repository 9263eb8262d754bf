// Package schedule makes durable what events leave to do: actions that are delayed,
// and what event patterns remember of known customers.
//
// A Moment is written in one transaction: the states of patterns go on, and actions
// are put into the queue of the group, those of a pattern only if it is met. States
// are locked meanwhile, so that sessions of one customer on several servers count
// together and a pattern is met once.
//
// What a pattern has done at once is put into the queue too, in the transaction that
// says that the pattern is met, and is taken: the server that wrote it does it in the
// same call and forgets it. Where that server dies in between, or cannot finish it,
// it is claimed like any other after some seconds.
//
// A Runner of each server claims actions that are due and executes them. The server
// that wrote an action comes first, since it may have the session; another one takes
// it over after a short while. A claim lasts longer than an execution may, and has a
// fence: an action is executed once, and again only where its server died before it
// could say that it was done. Its id is the same then: whoever must not do it twice
// goes by that. One that fails is tried again after growing pauses and does not hold
// up the others; in the end it is dead: kept, shown, and done only when a person
// revives it.
//
// The package knows no database; sub-package schedulepg is the Store.
package schedule
