package routing

import (
	"cmp"
	"slices"
	"time"
)

// Agent is someone who may be offered interactions.
type Agent struct {
	Name string
	// DoNotDisturb overrides all media.
	DoNotDisturb bool
	Media        map[string]Medium
	// IdleSince is when the agent's last interaction ended or, if later, when the
	// agent became ready.
	IdleSince time.Time
}

// Medium is an agent's state on one medium.
type Medium struct {
	Ready    bool
	Capacity int // interactions at once
	Load     int // interactions offered to or handled by the agent now
}

// room is the agents that have room on one medium, who is to be chosen first at
// the front.
type room struct{ seats []*seat }

// seat is an agent with room on a medium.
type seat struct {
	agent *Agent
	free  int
	load  *int // interactions on all media, those of this match included
	taken *int // those of this match
}

// rooms sorts the agents that may be offered something by medium.
func rooms(agents []Agent) map[string]*room {
	byMedium := map[string]*room{}
	for i := range agents {
		a := &agents[i]
		if a.DoNotDisturb {
			continue
		}
		load, taken := 0, 0
		for _, m := range a.Media {
			load += m.Load
		}
		for name, m := range a.Media {
			if !m.Ready || m.Load >= m.Capacity {
				continue
			}
			if byMedium[name] == nil {
				byMedium[name] = &room{}
			}
			byMedium[name].seats = append(byMedium[name].seats,
				&seat{agent: a, free: m.Capacity - m.Load, load: &load, taken: &taken})
		}
	}
	for _, r := range byMedium {
		slices.SortFunc(r.seats, func(a, b *seat) int {
			return cmp.Or(compareSeats(a, b), cmp.Compare(a.agent.Name, b.agent.Name))
		})
	}
	return byMedium
}

// compareSeats orders agents as they are chosen: the least load, who was not
// chosen in this match, the longest idle. 0 is a tie.
func compareSeats(a, b *seat) int {
	return cmp.Or(cmp.Compare(*a.load, *b.load), cmp.Compare(*a.taken, *b.taken),
		a.agent.IdleSince.Compare(b.agent.IdleSince))
}

// take gives the agent one more interaction on the medium. The agent's load counts
// on all media, so that it moves back in each room.
func (m *matcher) take(chosen *seat, medium string) {
	*chosen.load++
	*chosen.taken++
	for name, r := range m.rooms {
		i := slices.IndexFunc(r.seats, func(s *seat) bool { return s.agent == chosen.agent })
		if i < 0 {
			continue
		}
		s := r.seats[i]
		if name == medium {
			s.free--
		}
		r.seats = slices.Delete(r.seats, i, i+1)
		if s.free > 0 {
			r.insert(s)
		}
	}
}

// insert puts a seat at its place in the order.
func (r *room) insert(s *seat) {
	i, _ := slices.BinarySearchFunc(r.seats, s, func(a, b *seat) int {
		return cmp.Or(compareSeats(a, b), cmp.Compare(a.agent.Name, b.agent.Name))
	})
	r.seats = slices.Insert(r.seats, i, s)
}

// tieRank spreads ties over the agents: FNV-1a of both names, the same each time.
func tieRank(interaction, agent string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for _, text := range [2]string{interaction, agent} {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * prime
		}
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd // FNV mixes its last bytes little
	return h ^ h>>33
}
