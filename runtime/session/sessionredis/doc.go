// Package sessionredis keeps sessions in a Redis or Valkey server, so that any server
// of a group can go on with a session of another.
//
// A call has its turn under a lease: a key with a random token that lapses by itself
// and is renewed while the call is at work. What the call made of the session is
// written, and the lease given up, by one script that does so only while the token is
// still there: a call that lost its lease changes nothing. Calls of one process wait
// in the order in which they came; of several processes, the one that found the
// session taken first is the next.
//
// A session is a JSON text that lapses with its idle time-out. Sets of the sessions by
// their last use bound their number and their bytes as the memory store does; a
// session that another call is about to write back may make room too, and is there
// again afterwards. All keys of a group share a hash tag and lapse by themselves.
//
// A store that is away, stopped or restarted is the fault session-store-away, after
// Timeout at most. Nothing is repeated: whether a call's last change was kept is not
// known where the answer to it was lost.
package sessionredis
