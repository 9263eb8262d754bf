package touchpoint_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/session"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

func TestSessionIDs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, id := range map[string]string{
		"empty": "", "too long": strings.Repeat("x", 257), "1 MB": strings.Repeat("x", 1<<20), "not UTF-8": "a\xff",
		"NUL": "a\x00b", "a line break": "a\nb", "a C1 control": "a\u0085b", "DEL": "a\x7f",
	} {
		for method, call := range methods(b) {
			a := call(id)
			require.Equal(t, touchpoint.Error, a.Status, "%s, %s", name, method)
			require.Equal(t, []touchpoint.Code{touchpoint.MalformedSessionID}, messages(a))
			require.Empty(t, a.SessionID, "it is not echoed")
		}
		a := b.ExecuteBatch(b.ctx, id, touchpoint.Batch{Commands: []touchpoint.Command{{Method: touchpoint.MethodGetProfile}}})
		require.Equal(t, touchpoint.Error, a.Status)
		require.Equal(t, touchpoint.MalformedSessionID, a.Messages[0].Code)
	}
	require.Zero(t, b.sessions.Usage().Sessions)
	for _, id := range []string{"x", "ü/..%00 ?#", "日本", strings.Repeat("x", 256), " "} {
		b.start(id, ada())
		require.Equal(t, id, b.GetProfile(b.ctx, id).SessionID)
	}
}

// methods are the calls that a session id can be given to.
func methods(b *testBundle) map[string]func(id string) touchpoint.Answer {
	return map[string]func(id string) touchpoint.Answer{
		"startSession": func(id string) touchpoint.Answer { return b.StartSession(b.ctx, id, ada()) },
		"getOffers":    func(id string) touchpoint.Answer { return b.GetOffers(b.ctx, id, wanted(1, "banner")) },
		"postEvent":    func(id string) touchpoint.Answer { return b.PostEvent(b.ctx, id, touchpoint.PostEvent{Event: "seen"}) },
		"setAudience":  func(id string) touchpoint.Answer { return b.SetAudience(b.ctx, id, touchpoint.SetAudience{}) },
		"getProfile":   func(id string) touchpoint.Answer { return b.GetProfile(b.ctx, id) },
		"setDebug":     func(id string) touchpoint.Answer { return b.SetDebug(b.ctx, id, touchpoint.SetDebug{}) },
		"endSession":   func(id string) touchpoint.Answer { return b.EndSession(b.ctx, id) },
	}
}

func TestUnknownSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for method, call := range methods(b) {
		if method == "startSession" {
			continue
		}
		a := call("nobody")
		require.Equal(t, touchpoint.Error, a.Status, method)
		require.Equal(t, []touchpoint.Code{touchpoint.UnknownSession}, messages(a), method)
	}
	b.start("s", ada())
	b.clock.Pass(5 * time.Minute)
	require.Equal(t, []touchpoint.Code{touchpoint.UnknownSession}, messages(b.GetProfile(b.ctx, "s")), "idle for too long")
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	many := func(n int) map[string]any {
		all := map[string]any{}
		for i := range n {
			all[fmt.Sprintf("p%05d", i)] = 1
		}
		return all
	}
	points := func(n int) []touchpoint.Wanted {
		return wanted(1, strings.Split(strings.Repeat("banner ", n-1)+"banner", " ")...).Points
	}
	type expected struct {
		status touchpoint.Status
		codes  []touchpoint.Code
	}
	refused := func(codes ...touchpoint.Code) expected { return expected{touchpoint.Error, codes} }
	warned := func(codes ...touchpoint.Code) expected { return expected{touchpoint.Warning, codes} }

	for name, test := range map[string]struct {
		call func(b *testBundle) touchpoint.Answer
		want expected
	}{
		"AnUnknownChannel": {func(b *testBundle) touchpoint.Answer {
			return b.StartSession(b.ctx, "n", touchpoint.Start{Channel: long})
		}, refused(touchpoint.UnknownChannel)},
		"AnUnknownPoint": {func(b *testBundle) touchpoint.Answer { return b.GetOffers(b.ctx, "s", wanted(1, long)) }, refused(touchpoint.UnknownPoint)},
		"AnUnknownPointBesideAKnownOne": {func(b *testBundle) touchpoint.Answer {
			a := b.GetOffers(b.ctx, "s", wanted(1, "nowhere", "banner"))
			require.Len(b, a.OfferLists, 2)
			require.Equal(b, []string{"card"}, codes(a.OfferLists[1]))
			return a
		}, refused(touchpoint.UnknownPoint)},
		"AnUnknownEvent": {func(b *testBundle) touchpoint.Answer {
			return b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "\x00" + long})
		}, refused(touchpoint.UnknownEvent)},
		"NoOffers": {func(b *testBundle) touchpoint.Answer {
			a := b.GetOffers(b.ctx, "s", wanted(0, "banner"))
			require.Equal(b, "welcome", a.OfferLists[0].Default)
			return a
		}, refused(touchpoint.OffersOutOfRange)},
		"ANegativeNumberOfOffers": {func(b *testBundle) touchpoint.Answer { return b.GetOffers(b.ctx, "s", wanted(math.MinInt, "banner")) }, refused(touchpoint.OffersOutOfRange)},
		"AHugeNumberOfOffers":     {func(b *testBundle) touchpoint.Answer { return b.GetOffers(b.ctx, "s", wanted(math.MaxInt, "banner")) }, refused(touchpoint.OffersOutOfRange)},
		"TooManyOffersInAll": {func(b *testBundle) touchpoint.Answer {
			return b.GetOffers(b.ctx, "s", wanted(41, "banner", "box", "banner", "box", "box"))
		}, refused(touchpoint.OffersOutOfRange)},
		"NoPoints": {func(b *testBundle) touchpoint.Answer { return b.GetOffers(b.ctx, "s", touchpoint.GetOffers{}) }, refused(touchpoint.PointsOutOfRange)},
		"TooManyPoints": {func(b *testBundle) touchpoint.Answer {
			return b.GetOffers(b.ctx, "s", touchpoint.GetOffers{Points: points(21)})
		}, refused(touchpoint.PointsOutOfRange)},
		"AnUnknownDuplicatePolicy": {func(b *testBundle) touchpoint.Answer {
			r := wanted(1, "banner")
			r.Points[0].Duplicates = 3
			return b.GetOffers(b.ctx, "s", r)
		}, refused(touchpoint.UnknownDuplicates)},
		"ParametersOfWrongTypes": {func(b *testBundle) touchpoint.Answer {
			r := wanted(1, "banner")
			r.Parameters = map[string]any{"a": map[string]any{"b": 1}, "b": []any{1}, "c": math.NaN(), "d": long, "e": "a\xff", "": 1, long: 1, "ok": 1}
			a := b.GetOffers(b.ctx, "s", r)
			require.Equal(b, map[string]any{"ok": int64(1)}, b.profile("s").Parameters)
			return a
		}, warned(touchpoint.ParameterRefused, touchpoint.ParameterRefused, touchpoint.ParameterRefused, touchpoint.ParameterRefused,
			touchpoint.ParameterRefused, touchpoint.ParameterRefused, touchpoint.ParameterRefused)},
		"TooManyParameters": {func(b *testBundle) touchpoint.Answer {
			r := wanted(1, "banner")
			r.CallParameters = many(101)
			return b.GetOffers(b.ctx, "s", r)
		}, refused(touchpoint.ParameterRefused)},
		"MoreParametersThanASessionHas": {func(b *testBundle) touchpoint.Answer {
			r := wanted(1, "banner")
			r.Parameters = many(100)
			require.Equal(b, touchpoint.Success, b.GetOffers(b.ctx, "s", r).Status)
			r.Parameters = map[string]any{"another": 1}
			a := b.GetOffers(b.ctx, "s", r)
			require.Len(b, b.profile("s").Parameters, 100)
			return a
		}, refused(touchpoint.ParameterRefused)},
		"MoreBytesOfParametersThanASessionHas": {func(b *testBundle) touchpoint.Answer {
			r := wanted(1, "banner")
			r.Parameters = map[string]any{}
			for i := range 9 {
				r.Parameters[fmt.Sprint(i)] = strings.Repeat("x", 8000)
			}
			return b.GetOffers(b.ctx, "s", r)
		}, refused(touchpoint.ParameterRefused)},
		"AnEventParameterOfAWrongType": {func(b *testBundle) touchpoint.Answer {
			a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "earned", Parameters: map[string]any{"amount": "much", "more": 1}})
			require.Empty(b, b.profile("s").Parameters, "nothing is done")
			return a
		}, refused(touchpoint.EventParameter)},
		"AResponseTypeThatIsNone": {func(b *testBundle) touchpoint.Answer {
			return b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "accepted", ResponseType: long})
		}, refused(touchpoint.UnknownResponseType)},
		"ATreatmentCodeThatIsNone": {func(b *testBundle) touchpoint.Answer {
			a := b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "accepted", Treatment: long})
			require.Empty(b, b.history.orphans)
			return a
		}, refused(touchpoint.UnknownTreatment)},
		"AResponseToNothing": {func(b *testBundle) touchpoint.Answer {
			return b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "accepted"})
		}, refused(touchpoint.UnknownTreatment)},
		"AProfileOfTenThousandAttributes": {func(b *testBundle) touchpoint.Answer {
			r := ada()
			r.Profile = many(10_000)
			return b.StartSession(b.ctx, "s", r)
		}, refused(touchpoint.AttributeRefused)},
		"AttributesThatAreNoneOrOfAnotherType": {func(b *testBundle) touchpoint.Answer {
			r := ada()
			r.Profile = map[string]any{"age": "old", "shoes": 44, "id": "eve", "vip": 1, "income": 1.5}
			a := b.StartSession(b.ctx, "s", r)
			require.Equal(b, map[string]any{"id": "ada", "income": 1.5, "vip": false}, b.profile("s").Attributes)
			return a
		}, warned(touchpoint.AttributeRefused, touchpoint.AttributeRefused, touchpoint.AttributeRefused, touchpoint.AttributeRefused)},
		"AProfileOfManyBytes": {func(b *testBundle) touchpoint.Answer {
			r := ada()
			var tags []any
			for range 500 {
				tags = append(tags, strings.Repeat("x", 1000))
			}
			r.Profile = map[string]any{"tags": tags}
			return b.StartSession(b.ctx, "s", r)
		}, refused(touchpoint.AttributeRefused)},
		"AnAudienceIDOfManyBytes": {func(b *testBundle) touchpoint.Answer {
			return b.StartSession(b.ctx, "s", touchpoint.Start{Channel: "web", Audience: touchpoint.Audience{ID: map[string]any{"id": strings.Repeat("x", 9000)}}})
		}, refused(touchpoint.MalformedAudienceID)},
		"AnUnknownAudienceLevel": {func(b *testBundle) touchpoint.Answer {
			return b.SetAudience(b.ctx, "s", touchpoint.SetAudience{Audience: touchpoint.Audience{Level: long}})
		}, refused(touchpoint.UnknownLevel)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.start("s", ada())
			a := test.call(b)
			require.Equal(t, test.want, expected{a.Status, messages(a)}, a.Messages)
			for _, m := range a.Messages {
				require.Equal(t, touchpoint.Codes[m.Code], m.Text)
				require.Less(t, len(m.Detail), 500)
			}
			require.Equal(t, touchpoint.Success, b.GetProfile(b.ctx, "s").Status, "the session lives on")
		})
	}
}

func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := ada()
	for i := range 400 {
		r.Profile[fmt.Sprint("unknown", i)] = i
	}
	a := b.StartSession(b.ctx, "s", r)
	require.Len(t, a.Messages, touchpoint.MaxMessages+1)
	require.Equal(t, touchpoint.MessagesLeftOut, a.Messages[touchpoint.MaxMessages].Code)
	require.Equal(t, touchpoint.Warning, a.Status)
}

func TestEveryCodeHasAText(t *testing.T) {
	t.Parallel()
	for code, text := range touchpoint.Codes {
		require.NotEmpty(t, text, code)
	}
}

// stuck is a store whose sessions are taken, or which is away.
type stuck struct{ err error }

func (s stuck) Do(ctx context.Context, _ string, _ func(*session.Data) *session.Data) error {
	if s.err != nil {
		return s.err
	}
	<-ctx.Done()
	return fault.New(fault.Unavailable, "session-busy", "the session's turn did not come in time").Because(ctx.Err())
}

func (stuck) Usage() session.Usage { return session.Usage{} }

func TestStores(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		store session.Store
		want  touchpoint.Code
	}{
		"ThatAreBusyEndAtTheDeadline": {stuck{}, touchpoint.Overloaded},
		"ThatAreAway":                 {stuck{fault.New(fault.Unavailable, "session-store-away", "away")}, touchpoint.SessionStoreAway},
		"ThatFail":                    {stuck{context.Canceled}, touchpoint.Overloaded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.options.Deadline = 20 * time.Millisecond
			b.Service = touchpoint.New(test.store, b.served, b.history, b.options)
			for _, call := range methods(b) {
				a := call("s")
				require.Equal(t, touchpoint.Error, a.Status)
				require.Equal(t, []touchpoint.Code{test.want}, messages(a))
			}
			batch := b.ExecuteBatch(b.ctx, "s", touchpoint.Batch{Commands: []touchpoint.Command{{Method: touchpoint.MethodGetProfile}}})
			require.Equal(t, touchpoint.Error, batch.Status)
			require.Equal(t, test.want, batch.Messages[0].Code)
		})
	}
}

func TestAChannelThatAServerHasNotLoadedYetIsToBeTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var ready error = fault.New(fault.Unavailable, "versions-missing", "not loaded yet")
	b.options.Ready = func(context.Context) error { return ready }
	b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)

	a := b.StartSession(b.ctx, "s", touchpoint.Start{Channel: "teller"})
	require.Equal(t, touchpoint.Error, a.Status)
	require.Equal(t, []touchpoint.Code{touchpoint.Overloaded}, messages(a))
	require.Equal(t, touchpoint.Success, b.StartSession(b.ctx, "s", touchpoint.Start{Channel: "web"}).Status, "what is loaded is served")

	ready = nil
	require.Equal(t, []touchpoint.Code{touchpoint.UnknownChannel}, messages(b.StartSession(b.ctx, "s", touchpoint.Start{Channel: "teller"})))
}

func TestASessionThatStartsWithItsServerWaitsForTheChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	looks := 0
	b.options.Ready = func(context.Context) error {
		if looks++; looks < 5 {
			return fault.New(fault.Unavailable, "versions-missing", "not loaded yet")
		}
		teller := *b.served.Serving("web")
		teller.Channel = "teller"
		b.served.set(&teller)
		return nil
	}
	b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
	a := b.StartSession(b.ctx, "s", touchpoint.Start{Channel: "teller"})
	require.Equal(t, touchpoint.Success, a.Status, a.Messages)
	require.Equal(t, 5, looks)
}

func TestAFloodOfSessionsLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sessions = session.NewMemory(session.Limits{Sessions: 200}, b.clock.Now)
	b.Service = touchpoint.New(b.sessions, b.served, b.history, b.options)
	for i := range 20 {
		id := fmt.Sprintf("regular-%d", i)
		b.start(id, ada())
		b.offers(id, "banner")
	}
	var flood sync.WaitGroup
	for i := range 4 {
		flood.Go(func() {
			for j := range 500 {
				b.StartSession(b.ctx, fmt.Sprintf("flood-%d-%d", i, j), ada())
			}
		})
	}
	flood.Wait()
	require.LessOrEqual(t, b.sessions.Usage().Sessions, 200)
	for i := range 20 {
		require.Equal(t, []string{"card", "loan"}, codes(b.offers(fmt.Sprintf("regular-%d", i), "banner")))
	}
}

func TestCallsOfOneSessionComeOneAfterAnother(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start("s", ada())
	var calls sync.WaitGroup
	for range 40 {
		calls.Go(func() {
			b.PostEvent(b.ctx, "s", touchpoint.PostEvent{Event: "earned", Parameters: map[string]any{"amount": 1}})
		})
	}
	calls.Wait()
	require.InDelta(t, 80.0, b.profile("s").Attributes["income"], 0)
}
