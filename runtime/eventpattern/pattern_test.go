package eventpattern_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/eventpattern"
)

type member = definition.PatternMember

// TestPatterns posts one event a minute; "-" is a minute without one. Met are the
// minutes in which the pattern is met.
func TestPatterns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		pattern definition.EventPattern
		events  string
		met     []int
	}{
		{
			"match-all is met by the last of its members, once",
			definition.EventPattern{Logic: definition.MatchAll, Members: []member{{Event: "a"}, {Event: "b"}}},
			"a a b a b", []int{2},
		},
		{
			"again starts anew",
			definition.EventPattern{Logic: definition.MatchAll, Members: []member{{Event: "a"}, {Event: "b"}}, Again: true},
			"a b b a", []int{1, 3},
		},
		{
			"an event counts for each member that it fits",
			definition.EventPattern{Logic: definition.MatchAll, Members: []member{{Event: "a"}, {Event: "a", When: "event.amount > 0"}}},
			"a", []int{0},
		},
		{
			"a counter counts each member",
			definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 2}, {Event: "b"}}, Again: true},
			"a b b a a b a", []int{3, 6},
		},
		{
			"a weighted counter adds up",
			definition.EventPattern{Logic: definition.WeightedCounter, Threshold: 3, Again: true,
				Members: []member{{Event: "a", Weight: 2}, {Event: "b", Weight: 0.5}}},
			"b b a a a", []int{2, 4},
		},
		{
			"a sequence lets others lie between",
			definition.EventPattern{Logic: definition.Sequence, Members: []member{{Event: "a"}, {Event: "b"}, {Event: "a"}}, Again: true},
			"b a c b b a a b", []int{5},
		},
		{
			"one event is one step of a sequence",
			definition.EventPattern{Logic: definition.Sequence, Members: []member{{Event: "a"}, {Event: "a"}}, Again: true},
			"a a a a", []int{1, 3},
		},
		{
			"a condition that does not hold does not count",
			definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 1, When: "event.amount > 100"}}},
			"a a a", nil,
		},
		{
			"from counts, to does not",
			definition.EventPattern{Logic: definition.Counter, Again: true, Members: []member{{Event: "a"}}, Window: between(time.Minute, 3*time.Minute)},
			"a a a a", []int{1, 2},
		},
		{
			"an event as old as the window does not count",
			definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 2}}, Window: rolling(2 * time.Minute)},
			"a - a a", []int{3},
		},
		{
			"a rolling sequence takes the latest beginning",
			definition.EventPattern{Logic: definition.Sequence, Members: []member{{Event: "a"}, {Event: "b"}}, Window: rolling(2 * time.Minute)},
			"a - b a b", []int{4},
		},
		{
			"a rolling match-all",
			definition.EventPattern{Logic: definition.MatchAll, Members: []member{{Event: "a"}, {Event: "b"}}, Window: rolling(2 * time.Minute)},
			"a - b a", []int{3},
		},
		{
			"a suspending event takes back and ends for good",
			definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 2}}, Suspend: []string{"stop"}},
			"a stop a a a", nil,
		},
		{
			"in a rolling window it suspends for its length",
			definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 2}}, Suspend: []string{"stop"},
				Window: rolling(3 * time.Minute)},
			"a stop a a a a", []int{5},
		},
		{
			"a suspending event that is a member does not count",
			definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a"}}, Suspend: []string{"a"}},
			"a a", nil,
		},
		{
			"outside of from and to nothing suspends",
			definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a"}}, Suspend: []string{"stop"},
				Window: between(time.Minute, time.Hour)},
			"stop a", []int{1},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWatch(t, test.pattern)
			var met []int
			for minute, event := range strings.Fields(test.events) {
				if event != "-" && w.post(event, 1, after(time.Duration(minute)*time.Minute)) {
					met = append(met, minute)
				}
			}
			require.Equal(t, test.met, met)
		})
	}
}

func TestAClockThatGoesBack(t *testing.T) {
	t.Parallel()
	w := newWatch(t, definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 3}}, Window: rolling(time.Minute)})
	require.False(t, w.post("a", 0, after(10*time.Minute)))
	require.False(t, w.post("a", 0, after(0)), "counts as late as the one before")
	require.True(t, w.post("a", 0, after(10*time.Minute+30*time.Second)))
	require.False(t, w.post("a", 0, after(0)), "it is over")
}

func TestAStateOfAnotherDefinitionIsDropped(t *testing.T) {
	t.Parallel()
	d := definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 2}}}
	w := newWatch(t, d)
	require.False(t, w.post("a", 0, start))

	d.Actions = []definition.EventAction{{Do: definition.ReSegment}}
	same := newWatch(t, d)
	same.state = w.state
	require.True(t, same.post("a", 0, start), "the actions are not part of it")

	d.Members[0].Count = 3
	other := newWatch(t, d)
	other.state = w.state
	require.False(t, other.post("a", 0, start))
	require.False(t, other.post("a", 0, start))
	require.True(t, other.post("a", 0, start))
}

func TestAConditionThatFailsDoesNotCountAndIsTold(t *testing.T) {
	t.Parallel()
	l := level(t)
	p := compile(t, l, definition.EventPattern{Logic: definition.Counter,
		Members: []member{{Event: "a", When: "event.amount > 0"}, {Event: "a"}}})
	f := l.NewFrame()
	f.SetEvent(map[string]any{})
	h, err := p.Match("a", f)
	var failed *eventpattern.ConditionError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "members[0].when", failed.Path)
	require.False(t, h.None(), "the other member counts")
	_, met := p.Step(eventpattern.State{}, h, start)
	require.False(t, met)
}

func TestAConditionThatTheLevelCannotEvaluateNeverHolds(t *testing.T) {
	t.Parallel()
	p := eventpattern.Compile(definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", When: "profile.income > 0"}}}, nil)
	h, err := p.Match("a", level(t).NewFrame())
	require.NoError(t, err)
	require.True(t, h.None())
}

func TestEvents(t *testing.T) {
	t.Parallel()
	p := eventpattern.Compile(definition.EventPattern{Members: []member{{Event: "b"}, {Event: "a"}, {Event: "b"}}, Suspend: []string{"stop"}}, nil)
	require.Equal(t, []string{"a", "b", "stop"}, p.Events())
}

func TestBrokenStatesAreRefusedOrDropped(t *testing.T) {
	t.Parallel()
	d := definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 2}, {Event: "b"}}}
	w := newWatch(t, d)
	w.post("a", 0, start)
	text, err := json.Marshal(w.state)
	require.NoError(t, err)
	for _, broken := range []string{`[]`, `{"of":1}`, `{"recent":[[1]]}`, `{"counts":["a"]}`} {
		var s eventpattern.State
		require.Error(t, json.Unmarshal([]byte(broken), &s), broken)
	}
	for _, broken := range []string{
		strings.Replace(string(text), `[1,0]`, `[1]`, 1), strings.Replace(string(text), `"counts"`, `"place":-1,"counts"`, 1),
		strings.Replace(string(text), `"counts"`, `"place":9,"counts"`, 1), strings.Replace(string(text), `"counts"`, `"starts":[1],"counts"`, 1),
		strings.Replace(string(text), `"counts"`, `"recent":[[1,1]],"counts"`, 1), `{}`,
	} {
		require.NotEqual(t, string(text), broken)
		require.NoError(t, json.Unmarshal([]byte(broken), &w.state), broken)
		require.False(t, w.post("a", 0, start), broken)
		require.False(t, w.post("b", 0, start), broken)
		require.True(t, w.post("a", 0, start), broken)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		pattern      definition.EventPattern
		known, visit string
		next         string
		met          bool
	}{
		{"counts add up", definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 4}}}, "a a", "a", "a", true},
		{"and no more than that", definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 4}}}, "a", "a", "a", false},
		{"so they do in a rolling window", definition.EventPattern{Logic: definition.Counter, Members: []member{{Event: "a", Count: 4}},
			Window: rolling(time.Hour)}, "a a", "a", "a", true},
		{"the farther part of a sequence counts", definition.EventPattern{Logic: definition.Sequence,
			Members: []member{{Event: "a"}, {Event: "b"}, {Event: "c"}}}, "a", "a b", "c", true},
		{"also in a rolling window", definition.EventPattern{Logic: definition.Sequence, Window: rolling(time.Hour),
			Members: []member{{Event: "a"}, {Event: "b"}, {Event: "c"}}}, "a b", "a", "c", true},
		{"it is over where one is", definition.EventPattern{Logic: definition.MatchAll, Members: []member{{Event: "a"}}}, "a", "", "a", false},
		{"the other is over", definition.EventPattern{Logic: definition.MatchAll, Members: []member{{Event: "a"}}}, "", "a", "a", false},
		{"or suspended", definition.EventPattern{Logic: definition.MatchAll, Members: []member{{Event: "a"}, {Event: "b"}}, Suspend: []string{"stop"}},
			"a", "stop", "b", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWatch(t, test.pattern)
			for _, event := range strings.Fields(test.known) {
				w.post(event, 0, after(time.Second))
			}
			known := w.state
			w.state = eventpattern.State{}
			for _, event := range strings.Fields(test.visit) {
				w.post(event, 0, after(2*time.Second))
			}
			w.state = w.pattern.Merge(known, w.state)
			require.Equal(t, test.met, w.post(test.next, 0, after(3*time.Second)))
		})
	}
}

func TestAStateStaysSmall(t *testing.T) {
	t.Parallel()
	d := definition.EventPattern{Logic: definition.Counter, Window: rolling(24 * time.Hour)}
	for range 50 {
		d.Members = append(d.Members, member{Event: "a", Count: 1_000_000})
	}
	w := newWatch(t, d)
	largest := 0
	for i := range 2_000 {
		require.False(t, w.post("a", 0, after(time.Duration(i)*time.Minute)))
		text, err := json.Marshal(w.state)
		require.NoError(t, err)
		largest = max(largest, len(text))
	}
	require.Less(t, largest, 16<<10)
	require.Positive(t, w.state.Size())
}
