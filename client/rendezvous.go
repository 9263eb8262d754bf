package client

import "slices"

// Rank orders servers for a session by rendezvous hashing (Thaler and Ravishankar
// 1998), the best first: whoever knows the same servers, in any order, finds the
// same one, and when one is added or taken away only the sessions of that one move.
//
// The weight of a server for a session is FNV-1a, 64 bits, over the server's base
// URL without a slash at the end, a zero byte, and the session id, mixed by the
// finaliser of SplitMix64: x ^= x>>30, x *= 0xbf58476d1ce4e5b9, x ^= x>>27,
// x *= 0x94d049bb133111eb, x ^= x>>31. The greatest weight is best; of equal ones the
// URL that comes first in the order of bytes.
func Rank(session string, servers []string) []string {
	ranked := make([]string, len(servers))
	for i, at := range rank(session, servers) {
		ranked[i] = servers[at]
	}
	return ranked
}

func rank(session string, servers []string) []int {
	type weighed struct {
		at     int
		weight uint64
	}
	all := make([]weighed, len(servers))
	for i, server := range servers {
		all[i] = weighed{at: i, weight: weight(server, session)}
	}
	slices.SortFunc(all, func(a, b weighed) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		case servers[a.at] < servers[b.at]:
			return -1
		default:
			return 1
		}
	})
	order := make([]int, len(all))
	for i, w := range all {
		order[i] = w.at
	}
	return order
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func weight(server, session string) uint64 {
	h := uint64(fnvOffset)
	for i := range len(server) {
		h = (h ^ uint64(server[i])) * fnvPrime
	}
	h *= fnvPrime // the zero byte
	for i := range len(session) {
		h = (h ^ uint64(session[i])) * fnvPrime
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
