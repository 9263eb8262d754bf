package eventpattern_test

import (
	"encoding/json"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/eventpattern"
	"github.com/switchyard/switchyard/runtime/scope"
)

// start is when the tests begin.
var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return start.Add(d) }

func rolling(d time.Duration) *definition.PatternWindow {
	within := duration.Duration(d)
	return &definition.PatternWindow{For: &within}
}

func between(from, to time.Duration) *definition.PatternWindow {
	a, b := after(from), after(to)
	return &definition.PatternWindow{From: &a, To: &b}
}

// level is an audience level whose profile has an age.
func level(t require.TestingT) *scope.Level {
	s, err := scope.New(scope.Definitions{AudienceLevels: map[string]definition.AudienceLevel{"customer": {
		Key:     []definition.Attribute{{Name: "id", Type: definition.Text}},
		Profile: []definition.Attribute{{Name: "age", Type: definition.Whole}},
	}}})
	require.NoError(t, err)
	l, _ := s.Level("customer")
	return l
}

// watch is a pattern and the state of one customer.
type watch struct {
	t       require.TestingT
	pattern *eventpattern.Pattern
	frame   *scope.Frame
	state   eventpattern.State
}

func compile(t require.TestingT, l *scope.Level, d definition.EventPattern) *eventpattern.Pattern {
	require.Empty(t, d.Check())
	programs, places := l.CompileDocument(d, func(string) ([]definition.Attribute, bool) {
		return []definition.Attribute{{Name: "amount", Type: definition.Whole}}, true
	})
	require.Empty(t, places)
	return eventpattern.Compile(d, programs)
}

func newWatch(t require.TestingT, d definition.EventPattern) *watch {
	l := level(t)
	return &watch{t: t, pattern: compile(t, l, d), frame: l.NewFrame()}
}

// post tells of an event; the state goes through its JSON.
func (w *watch) post(event string, amount int64, at time.Time) bool {
	w.frame.SetEvent(map[string]any{"amount": amount})
	next, met, err := w.pattern.Advance(w.state, event, w.frame, at)
	require.NoError(w.t, err)
	text, err := json.Marshal(next)
	require.NoError(w.t, err)
	var read eventpattern.State
	require.NoError(w.t, json.Unmarshal(text, &read))
	again, err := json.Marshal(read)
	require.NoError(w.t, err)
	require.Equal(w.t, string(text), string(again))
	w.state = read
	return met
}
