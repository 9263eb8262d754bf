package versionspg

// ServerLock is the key of the advisory lock that a server's process holds on its
// id as long as it lives, an SQL expression of the id as text in $1.
const ServerLock = "hashtextextended('server/' || $1::text, 0)"

// live is the condition that the lock of server s is held in this database. A
// lock with one 64-bit key has objsubid 1 and its halves in classid and objid.
const live = `EXISTS (
	SELECT FROM pg_locks l
	WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
		AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('server/' || s.server::text, 0))`
