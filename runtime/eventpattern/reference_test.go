package eventpattern_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/runtime/definition"
)

// reference is the plainest form of the rules: it keeps every event, and looks at
// all of them each time.
type reference struct {
	pattern definition.EventPattern
	atLeast []int64 // amount that the condition of a member asks for
	log     []logged
	last    time.Time
	over    bool
	until   time.Time // suspended until then
	forever bool
}

type logged struct {
	event  string
	amount int64
	at     time.Time
}

func (r *reference) fits(e logged, i int) bool {
	return r.pattern.Members[i].Event == e.event && e.amount >= r.atLeast[i]
}

func (r *reference) post(e logged) bool {
	if e.at.Before(r.last) {
		e.at = r.last
	}
	suspends := slices.Contains(r.pattern.Suspend, e.event)
	some := suspends
	for i := range r.pattern.Members {
		some = some || r.fits(e, i)
	}
	w := r.pattern.Window
	if !some || r.over || r.forever || e.at.Before(r.until) ||
		w != nil && w.From != nil && e.at.Before(*w.From) || w != nil && w.To != nil && !e.at.Before(*w.To) {
		return false
	}
	r.last = e.at
	if suspends {
		r.log = nil
		if w != nil && w.For != nil {
			r.until = e.at.Add(time.Duration(*w.For))
		} else {
			r.forever = true
		}
		return false
	}
	r.log = append(r.log, e)
	if !r.met(e.at) {
		return false
	}
	r.log = nil
	r.over = !r.pattern.Again
	return true
}

// met looks at all events that count now.
func (r *reference) met(now time.Time) bool {
	var events []logged
	for _, e := range r.log {
		if w := r.pattern.Window; w == nil || w.For == nil || now.Sub(e.at) < time.Duration(*w.For) {
			events = append(events, e)
		}
	}
	if r.pattern.Logic == definition.Sequence {
		place := 0
		for _, e := range events {
			if place < len(r.pattern.Members) && r.fits(e, place) {
				place++
			}
		}
		return place == len(r.pattern.Members)
	}
	sum := 0.0
	for i, m := range r.pattern.Members {
		n := 0
		for _, e := range events {
			if r.fits(e, i) {
				n++
			}
		}
		sum += float64(n) * m.Weight
		if r.pattern.Logic != definition.WeightedCounter && n < max(1, m.Count) {
			return false
		}
	}
	return r.pattern.Logic != definition.WeightedCounter || sum >= r.pattern.Threshold
}

var eventNames = []string{"a", "b", "c", "d"}

// drawPattern draws a pattern and what its conditions ask for.
func drawPattern(t *rapid.T, most int) (definition.EventPattern, []int64) {
	d := definition.EventPattern{
		Logic: rapid.SampledFrom([]definition.PatternLogic{definition.MatchAll, definition.Counter, definition.WeightedCounter,
			definition.Sequence}).Draw(t, "logic"),
		Again: rapid.Bool().Draw(t, "again"),
	}
	var atLeast []int64
	for range rapid.IntRange(1, 4).Draw(t, "members") {
		m := member{Event: rapid.SampledFrom(eventNames[:3]).Draw(t, "event")}
		least := int64(0)
		if rapid.IntRange(0, 3).Draw(t, "conditional") == 0 {
			least = 2
			m.When = "event.amount >= 2"
		}
		switch d.Logic {
		case definition.Counter:
			m.Count = rapid.IntRange(0, most).Draw(t, "count")
		case definition.WeightedCounter:
			m.Weight = rapid.SampledFrom([]float64{0.1, 0.3, 1, 2.5}).Draw(t, "weight")
		case definition.MatchAll, definition.Sequence:
		}
		d.Members, atLeast = append(d.Members, m), append(atLeast, least)
	}
	if d.Logic == definition.WeightedCounter {
		d.Threshold = rapid.SampledFrom([]float64{0.3, 1, 2.7, 4, 6}).Draw(t, "threshold")
	}
	switch rapid.IntRange(0, 2).Draw(t, "window") {
	case 1:
		from := time.Duration(rapid.IntRange(0, 60).Draw(t, "from")) * time.Second
		d.Window = between(from, from+time.Duration(rapid.IntRange(1, 200).Draw(t, "length"))*time.Second)
	case 2:
		d.Window = rolling(time.Duration(rapid.IntRange(1, 90).Draw(t, "for")) * time.Second)
	}
	if rapid.IntRange(0, 3).Draw(t, "suspends") == 0 {
		d.Suspend = []string{rapid.SampledFrom(eventNames).Draw(t, "suspend")}
	}
	return d, atLeast
}

func TestAgreesWithThePlainestForm(t *testing.T) {
	t.Parallel()
	met := 0
	rapid.Check(t, func(t *rapid.T) {
		d, atLeast := drawPattern(t, 5)
		w, r := newWatch(t, d), &reference{pattern: d, atLeast: atLeast}
		at := start
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			at = at.Add(time.Duration(rapid.IntRange(-5, 20).Draw(t, "seconds")) * time.Second)
			e := logged{rapid.SampledFrom(eventNames).Draw(t, "event"), rapid.Int64Range(0, 3).Draw(t, "amount"), at}
			want := r.post(e)
			if got := w.post(e.event, e.amount, e.at); got != want {
				t.Fatalf("%s at %s: met %v, the reference says %v", e.event, at, got, want)
			}
			if want {
				met++
			}
		}
	})
	if met == 0 {
		t.Fatal("no pattern was met at all")
	}
}

// Events that are needed too often to be kept one by one count in parts of the
// window: never late, and early by one part at most.
func TestManyEventsCountAsExactlyAsPromised(t *testing.T) {
	t.Parallel()
	const parts = 64
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(65, 200).Draw(t, "count")
		window := time.Duration(rapid.IntRange(64, 640).Draw(t, "for")) * time.Second
		of := func(within time.Duration) definition.EventPattern {
			return definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: count}}, Window: rolling(within)}
		}
		w := newWatch(t, of(window))
		exact := &reference{pattern: of(window), atLeast: []int64{0}}
		shorter := &reference{pattern: of(window - window/parts), atLeast: []int64{0}}
		pace := rapid.IntRange(1, 2*int(window/time.Millisecond)/count).Draw(t, "pace")
		at := start
		for range 3 * count {
			at = at.Add(time.Duration(rapid.IntRange(0, pace).Draw(t, "milliseconds")) * time.Millisecond)
			e := logged{"a", 0, at}
			late, must := exact.post(e), shorter.post(e)
			got := w.post("a", 0, at)
			if got && !late && !exact.over {
				t.Fatalf("met at %s, but not by the exact count", at)
			}
			if must && !got {
				t.Fatalf("not met at %s, but by the count of a window that is shorter by one part", at)
			}
			if got || must {
				return
			}
		}
	})
}
