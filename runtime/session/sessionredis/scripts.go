package sessionredis

import "github.com/redis/rueidis"

// Keys of all scripts: those of the session, then those of the group.
//
//	1 lease      token of the call at work
//	2 following  process that has the next turn
//	3 session    its JSON text
//	4 fresh      sessions that were started and did not come back, by their last use
//	5 used       those that came back
//	6 sizes      bytes of each session
//	7 bytes      their sum

// take takes the lease, or reserves the next turn. It may be repeated with the same
// token.
//
// Arguments: token, its milliseconds, process, milliseconds of a reservation, now,
// idle milliseconds, id. Answer: 0, or 1 with the session and whether it has expired.
var take = rueidis.NewLuaScript(`
local holder = redis.call('GET', KEYS[1])
local following = redis.call('GET', KEYS[2])
if following == ARGV[3] then following = false end
if (holder and holder ~= ARGV[1]) or following then
	if not following then redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
	return {0}
end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local now = tonumber(ARGV[5])
if now == 0 then
	local time = redis.call('TIME')
	now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local at = redis.call('ZSCORE', KEYS[4], ARGV[7]) or redis.call('ZSCORE', KEYS[5], ARGV[7])
local present = redis.call('GET', KEYS[3]) or ''
if present ~= '' and at and tonumber(at) <= now - tonumber(ARGV[6]) then
	return {1, '', 1}
end
return {1, present, 0}
`)

// put writes a session, or ends it, and gives up the lease. The number of sessions
// that it drops is bounded: the next call drops further ones.
//
// Arguments: token, id, now, idle milliseconds, session, whether it came back, most
// sessions, most bytes, prefix of sessions' keys, size. Answer: 0 where the lease is
// another's, or 1 with how many were evicted and have expired, and the sessions and
// bytes that there are.
var put = rueidis.NewLuaScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {0} end
redis.call('DEL', KEYS[1])
local now, idle = tonumber(ARGV[3]), tonumber(ARGV[4])
if now == 0 then
	local time = redis.call('TIME')
	now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local content, size = ARGV[5], tonumber(ARGV[10])
local most, mostBytes = tonumber(ARGV[7]), tonumber(ARGV[8])
local evicted, expired = 0, 0
local function forget(id)
	redis.call('DEL', ARGV[9] .. id)
	redis.call('ZREM', KEYS[4], id)
	redis.call('ZREM', KEYS[5], id)
	local old = redis.call('HGET', KEYS[6], id)
	if old then
		redis.call('HDEL', KEYS[6], id)
		redis.call('DECRBY', KEYS[7], old)
	end
end
forget(ARGV[2])
for set = 4, 5 do
	for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[set], '-inf', now - idle, 'LIMIT', 0, 4)) do
		forget(id)
		expired = expired + 1
	end
end
if content ~= '' and size > mostBytes then
	content = ''
	evicted = evicted + 1
end
local fresh, used = redis.call('ZCARD', KEYS[4]), redis.call('ZCARD', KEYS[5])
local bytes = tonumber(redis.call('GET', KEYS[7]) or '0')
for _ = 1, 64 do
	local full = fresh + used > most or bytes > mostBytes
	if content ~= '' then full = fresh + used >= most or bytes + size > mostBytes end
	if not full or fresh + used == 0 then break end
	local set = 4
	if fresh == 0 or (fresh * 8 <= fresh + used and used > 0) then set = 5 end
	forget(redis.call('ZRANGE', KEYS[set], 0, 0)[1])
	evicted = evicted + 1
	fresh, used = redis.call('ZCARD', KEYS[4]), redis.call('ZCARD', KEYS[5])
	bytes = tonumber(redis.call('GET', KEYS[7]) or '0')
end
if content ~= '' then
	redis.call('SET', KEYS[3], content, 'PX', idle)
	if ARGV[6] == '1' then
		redis.call('ZADD', KEYS[5], now, ARGV[2])
		used = used + 1
	else
		redis.call('ZADD', KEYS[4], now, ARGV[2])
		fresh = fresh + 1
	end
	redis.call('HSET', KEYS[6], ARGV[2], size)
	bytes = redis.call('INCRBY', KEYS[7], size)
	for i = 4, 7 do redis.call('PEXPIRE', KEYS[i], idle + 60000) end
end
return {1, evicted, expired, fresh + used, bytes}
`)

// renew keeps the lease for longer, release gives it up; both only while it is the
// token's. Arguments: token, its milliseconds. Release is sent whole: it may be the last
// that a store is sent.
var (
	renew   = rueidis.NewLuaScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`)
	release = rueidis.NewLuaScriptNoSha(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)
)
