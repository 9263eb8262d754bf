package customer

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
)

const (
	// exact is the largest limit within a time for which presentations are kept one
	// by one.
	exact = 100
	// slots is the number of parts of its time in which a larger one counts. What is
	// presented in a part counts until the end of the part has gone by: a limit is
	// never exceeded, but may last longer by one part.
	slots = 64
	// maxRecent bounds what is kept, whatever limits come one after another.
	maxRecent = 200
)

// Past is what happened between one customer and one offer, in all visits. Times
// count to the microsecond.
type Past struct {
	// Presented counts all presentations.
	Presented int64 `json:"presented"`
	// Recent are presentations that the time of a limit may still hold, in order;
	// empty for an offer without such a limit.
	Recent []Presentations `json:"recent"`
	// ShownAt is the last presentation, zero for never.
	ShownAt time.Time `json:"shown_at"`
	// Unanswered counts presentations since the last response.
	Unanswered  int       `json:"unanswered"`
	RespondedAt time.Time `json:"responded_at"` // last response of any class
	AcceptedAt  time.Time `json:"accepted_at"`
	RejectedAt  time.Time `json:"rejected_at"`
}

// Presentations are some at one time. In JSON they are microseconds since 1970 and
// their number: [1767225600000000,1].
type Presentations struct {
	At    time.Time
	Count int64
}

// MarshalJSON implements json.Marshaler.
func (p Presentations) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]int64{p.At.UnixMicro(), p.Count})
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Presentations) UnmarshalJSON(text []byte) error {
	var values [2]int64
	if err := json.Unmarshal(text, &values); err != nil {
		return err
	}
	*p = Presentations{At: time.UnixMicro(values[0]).UTC(), Count: values[1]}
	return nil
}

// Present notes a presentation of an offer with that limit per customer, nil for
// none.
func (p *Past) Present(at time.Time, perCustomer *definition.Limit) {
	at = at.Truncate(time.Microsecond).UTC()
	p.Presented++
	p.Unanswered++
	p.ShownAt = later(p.ShownAt, at)
	if perCustomer == nil || perCustomer.For == nil {
		p.Recent = nil
		return
	}
	p.remember(at, perCustomer)
}

// remember keeps a presentation as long as the limit needs it.
func (p *Past) remember(at time.Time, limit *definition.Limit) {
	within := time.Duration(*limit.For)
	// A copy: others may have the list.
	recent := slices.DeleteFunc(slices.Clone(p.Recent), func(r Presentations) bool { return !r.At.After(p.ShownAt.Add(-within)) })
	if limit.Presentations > exact {
		width := max(time.Microsecond, (within / slots).Truncate(time.Microsecond))
		at = at.Truncate(width).Add(width)
	}
	i, found := slices.BinarySearchFunc(recent, at, func(r Presentations, at time.Time) int { return r.At.Compare(at) })
	if found {
		recent[i].Count++
	} else {
		recent = slices.Insert(recent, i, Presentations{At: at, Count: 1})
	}
	if len(recent) > maxRecent {
		// The two oldest count as long as the later of them.
		recent[1].Count += recent[0].Count
		recent = recent[1:]
	}
	p.Recent = recent
}

// Accept notes a response that counts as an acceptance.
func (p *Past) Accept(at time.Time) {
	p.Answer(at)
	p.AcceptedAt = later(p.AcceptedAt, at.Truncate(time.Microsecond).UTC())
}

// Reject notes a response that counts as a rejection.
func (p *Past) Reject(at time.Time) {
	p.Answer(at)
	p.RejectedAt = later(p.RejectedAt, at.Truncate(time.Microsecond).UTC())
}

// Answer notes a response that counts as neither.
func (p *Past) Answer(at time.Time) {
	p.Unanswered = 0
	p.RespondedAt = later(p.RespondedAt, at.Truncate(time.Microsecond).UTC())
}

// PresentedWithin counts the presentations that count for that limit now, for
// decision.Past.Presented. With a limit that has got a time only now, earlier
// presentations do not count.
func (p *Past) PresentedWithin(perCustomer *definition.Limit, now time.Time) int64 {
	if perCustomer == nil || perCustomer.For == nil {
		return p.Presented
	}
	since := now.Add(-time.Duration(*perCustomer.For))
	count := int64(0)
	for _, r := range p.Recent {
		if r.At.After(since) {
			count += r.Count
		}
	}
	return count
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
