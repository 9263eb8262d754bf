package eventpattern

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// Pattern is a compiled event pattern. It is immutable and safe for concurrent use.
type Pattern struct {
	of         string // what its states are made by
	definition definition.EventPattern
	conditions []*scope.Program // of the members; nil for always
	never      []bool           // members whose condition the audience level cannot evaluate
	need       []int64          // events of each member that are worth keeping
	kept       int              // entries of a member that a rolling window keeps
	within     int64            // of a rolling window, in microseconds; else 0
	from, to   int64
}

// Bounds of what a rolling window keeps.
const (
	mostEntries = 640 // of all members
	perMember   = 64
	leastKept   = 12
	// mostNeeded bounds what is counted of a member whose weight is tiny beside the
	// threshold.
	mostNeeded = 1 << 40
)

// Compile makes a pattern of a definition that has passed its Check. The programs
// are those of the document at the audience level of the customer. A member whose
// condition has no program there never counts.
func Compile(d definition.EventPattern, programs scope.Programs) *Pattern {
	n := len(d.Members)
	p := &Pattern{
		of: fingerprint(d), definition: d, conditions: make([]*scope.Program, n), never: make([]bool, n), need: make([]int64, n),
		kept: max(leastKept, min(perMember, mostEntries/max(n, 1))), from: math.MinInt64, to: math.MaxInt64,
	}
	for i, m := range d.Members {
		p.conditions[i] = programs.At("members[" + strconv.Itoa(i) + "].when")
		p.never[i] = m.When != "" && p.conditions[i] == nil
		p.need[i] = needed(d, m)
	}
	if w := d.Window; w != nil {
		if w.For != nil {
			p.within = max(1, time.Duration(*w.For).Microseconds())
		}
		if w.From != nil {
			p.from = w.From.UnixMicro()
		}
		if w.To != nil {
			p.to = w.To.UnixMicro()
		}
	}
	return p
}

// needed is the number of events of a member beyond which more change nothing.
func needed(d definition.EventPattern, m definition.PatternMember) int64 {
	switch d.Logic {
	case definition.Counter:
		return max(1, int64(m.Count))
	case definition.WeightedCounter:
		times := math.Ceil(d.Threshold / m.Weight)
		if !(times < mostNeeded) {
			return mostNeeded
		}
		n := max(1, int64(times))
		for float64(n)*m.Weight < d.Threshold { // the division was rounded
			n++
		}
		return n
	case definition.MatchAll, definition.Sequence:
		return 1
	default:
		return 1
	}
}

// fingerprint tells definitions apart by all that states depend on.
func fingerprint(d definition.EventPattern) string {
	d.Actions = nil
	text, err := json.Marshal(d)
	if err != nil { // a definition that was checked has only finite numbers
		text = fmt.Appendf(nil, "%#v", d)
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// Definition is what the pattern was compiled from.
func (p *Pattern) Definition() *definition.EventPattern { return &p.definition }

// Events are the events that the pattern takes notice of, sorted.
func (p *Pattern) Events() []string {
	events := slices.Clone(p.definition.Suspend)
	for _, m := range p.definition.Members {
		events = append(events, m.Event)
	}
	slices.Sort(events)
	return slices.Compact(events)
}

// Hit is what an event means to a pattern.
type Hit struct {
	members  []int
	suspends bool
}

// None reports whether it means nothing.
func (h Hit) None() bool { return len(h.members) == 0 && !h.suspends }

// ConditionError says that the condition of a member could not be evaluated. The
// event did not count for it.
type ConditionError struct {
	Path string // such as members[2].when
	Err  error
}

// Error implements error.
func (e *ConditionError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap gives the reason.
func (e *ConditionError) Unwrap() error { return e.Err }

// Match says what an event means. The frame has the event's parameters. The hit
// counts even with an error, which is a *ConditionError of the first condition that
// failed.
func (p *Pattern) Match(event string, f *scope.Frame) (Hit, error) {
	h := Hit{suspends: slices.Contains(p.definition.Suspend, event)}
	if h.suspends {
		return h, nil
	}
	var failed error
	for i := range p.definition.Members {
		if p.definition.Members[i].Event != event || p.never[i] {
			continue
		}
		if condition := p.conditions[i]; condition != nil {
			holds, err := condition.Bool(f)
			if err != nil && failed == nil {
				failed = &ConditionError{Path: "members[" + strconv.Itoa(i) + "].when", Err: err}
			}
			if err != nil || !holds {
				continue
			}
		}
		h.members = append(h.members, i)
	}
	return h, failed
}

// Advance goes on from a state by an event, and reports whether the pattern is met
// by it: Match and Step.
func (p *Pattern) Advance(s State, event string, f *scope.Frame, at time.Time) (next State, met bool, err error) {
	h, err := p.Match(event, f)
	next, met = p.Step(s, h, at)
	return next, met, err
}
