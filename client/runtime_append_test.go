package client_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/client"
)

func TestAnswersAreAppendedAsTheyAreMarshalled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		answer := client.RuntimeAnswer{
			SessionID:  rapid.String().Draw(t, "session"),
			Status:     rapid.SampledFrom([]client.RuntimeStatus{0, 1, 2}).Draw(t, "status"),
			Version:    rapid.Ptr(rapid.Make[client.RuntimeVersion](), true).Draw(t, "version"),
			Messages:   someOf(rapid.Make[client.RuntimeMessage]()).Draw(t, "messages"),
			OfferLists: someOf(offerList()).Draw(t, "lists"),
			Profile:    rapid.Ptr(rapid.Map(attributes(), func(p client.Properties) client.RuntimeProfile { return client.RuntimeProfile{Attributes: p} }), true).Draw(t, "profile"),
			Explain:    someOf(rapid.Just(client.OfferDecision{Point: "top", Candidates: []client.OfferCandidate{{Offer: "card"}}})).Draw(t, "explain"),
			Channels:   someOf(rapid.Just(client.RuntimeChannel{Name: "web", Taken: time.Date(2026, 3, 2, 1, 2, 3, 4, time.UTC)})).Draw(t, "channels"),
		}
		want, err := json.Marshal(answer)
		require.NoError(t, err)
		got, err := answer.AppendJSON(nil)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	})
	answer := client.RuntimeAnswer{OfferLists: []client.OfferList{{Offers: []client.PresentedOffer{{Score: math.NaN()}}}}}
	_, err := answer.AppendJSON(nil)
	require.Error(t, err)
}

// someOf are some, none, or no list at all.
func someOf[T any](one *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.OneOf(rapid.SliceOfN(one, 0, 3), rapid.Just[[]T](nil))
}

func offerList() *rapid.Generator[client.OfferList] {
	offer := rapid.Custom(func(t *rapid.T) client.PresentedOffer {
		return client.PresentedOffer{
			Treatment: rapid.OneOf(rapid.Just(""), rapid.String()).Draw(t, "treatment"), Offer: rapid.String().Draw(t, "offer"),
			Score: rapid.Float64().Draw(t, "score"), Attributes: attributes().Draw(t, "attributes"),
		}
	})
	return rapid.Custom(func(t *rapid.T) client.OfferList {
		return client.OfferList{
			Point: rapid.String().Draw(t, "point"), Default: rapid.String().Draw(t, "default"), Offers: someOf(offer).Draw(t, "offers"),
		}
	})
}

func attributes() *rapid.Generator[client.Properties] {
	value := rapid.OneOf(rapid.String().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
		rapid.SliceOf(rapid.String()).AsAny())
	return rapid.Custom(func(t *rapid.T) client.Properties {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		return rapid.MapOf(rapid.String(), value).Draw(t, "fields")
	})
}
