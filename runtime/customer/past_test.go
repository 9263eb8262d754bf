package customer_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func within(presentations int, d time.Duration) *definition.Limit {
	length := duration.Duration(d)
	return &definition.Limit{Presentations: presentations, For: &length}
}

func TestPast(t *testing.T) {
	t.Parallel()

	t.Run("CountsPresentationsSinceTheLastResponse", func(t *testing.T) {
		t.Parallel()
		var p customer.Past
		p.Present(noon, nil)
		p.Present(noon.Add(time.Minute), nil)
		require.Equal(t, 2, p.Unanswered)
		p.Answer(noon.Add(2 * time.Minute))
		require.Zero(t, p.Unanswered)
		p.Present(noon.Add(3*time.Minute), nil)
		p.Reject(noon.Add(4 * time.Minute))
		p.Accept(noon.Add(5 * time.Minute))
		p.Present(noon.Add(6*time.Minute), nil)
		require.Equal(t, customer.Past{
			Presented: 4, ShownAt: noon.Add(6 * time.Minute), Unanswered: 1, RespondedAt: noon.Add(5 * time.Minute),
			RejectedAt: noon.Add(4 * time.Minute), AcceptedAt: noon.Add(5 * time.Minute),
		}, p)
	})

	t.Run("KeepsTheLaterOfTwoTimes", func(t *testing.T) {
		t.Parallel()
		var p customer.Past
		p.Accept(noon)
		p.Accept(noon.Add(-time.Hour))
		p.Present(noon, nil)
		p.Present(noon.Add(-time.Hour), nil)
		require.Equal(t, []time.Time{noon, noon}, []time.Time{p.AcceptedAt, p.ShownAt})
	})

	t.Run("CountsASmallLimitToTheMicrosecond", func(t *testing.T) {
		t.Parallel()
		limit := within(3, time.Hour)
		var p customer.Past
		p.Present(noon, limit)
		p.Present(noon.Add(30*time.Minute), limit)
		require.EqualValues(t, 2, p.PresentedWithin(limit, noon.Add(time.Hour-time.Microsecond)))
		require.EqualValues(t, 1, p.PresentedWithin(limit, noon.Add(time.Hour)))
		require.EqualValues(t, 0, p.PresentedWithin(limit, noon.Add(90*time.Minute)))
		require.EqualValues(t, 2, p.PresentedWithin(&definition.Limit{Presentations: 3}, noon.Add(90*time.Minute)))
	})

	t.Run("DoesNotChangeACopy", func(t *testing.T) {
		t.Parallel()
		limit := within(3, time.Hour)
		var p customer.Past
		p.Present(noon, limit)
		p.Present(noon.Add(2*time.Minute), limit)
		before := p
		p.Present(noon.Add(time.Minute), limit)
		p.Present(noon.Add(2*time.Minute), limit)
		require.Equal(t, []customer.Presentations{{At: noon, Count: 1}, {At: noon.Add(2 * time.Minute), Count: 1}}, before.Recent)
	})

	t.Run("NeverCountsLessThanThereWere_AndLittleMore", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			limit := within(rapid.SampledFrom([]int{1, 5, 100, 101, 5000}).Draw(t, "limit"),
				time.Duration(rapid.SampledFrom([]int64{1, 1000, 60e6, 24 * 3600e6}).Draw(t, "microseconds"))*time.Microsecond)
			length := time.Duration(*limit.For)
			var p customer.Past
			var all []time.Time
			at := noon
			for range rapid.IntRange(1, 400).Draw(t, "presentations") {
				at = at.Add(time.Duration(rapid.Int64Range(0, int64(length/20)+1).Draw(t, "gap")))
				p.Present(at, limit)
				all = append(all, at.Truncate(time.Microsecond))
			}
			require.LessOrEqual(t, len(p.Recent), 200)

			now := at.Add(time.Duration(rapid.Int64Range(0, int64(length)).Draw(t, "later")))
			count := func(since time.Time) (n int64) {
				for _, at := range all {
					if at.After(since) {
						n++
					}
				}
				return n
			}
			exact := count(now.Add(-length))
			counted := p.PresentedWithin(limit, now)
			require.GreaterOrEqual(t, counted, exact)
			switch {
			case limit.Presentations > 100:
				require.LessOrEqual(t, counted, count(now.Add(-length-length/50-time.Microsecond)))
			case len(p.Recent) < 200:
				require.Equal(t, exact, counted)
			default:
				require.Equal(t, exact >= int64(limit.Presentations), counted >= int64(limit.Presentations))
			}

			text, err := json.Marshal(p)
			require.NoError(t, err)
			var back customer.Past
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, p, back)
		})
	})
}
