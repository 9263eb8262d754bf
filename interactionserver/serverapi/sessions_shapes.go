package serverapi

import (
	"fmt"

	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// What follows turns requests of touchpoints into calls, and answers back.

func audienceFrom(a client.Audience) touchpoint.Audience {
	return touchpoint.Audience{Level: a.Level, ID: a.ID}
}

func wantedFrom(w client.OffersWanted) touchpoint.Wanted {
	return touchpoint.Wanted{Point: w.Point, Count: w.Count, Duplicates: touchpoint.Duplicates(w.Duplicates), Attributes: w.Attributes}
}

// pointsFrom takes one point or a list of them. At is the place in the body.
func pointsFrom(one client.OffersWanted, list []client.OffersWanted, at string) ([]touchpoint.Wanted, error) {
	single := one.Point != "" || one.Count != 0 || one.Duplicates != 0 || one.Attributes != nil
	if !single {
		points := make([]touchpoint.Wanted, len(list))
		for i, w := range list {
			points[i] = wantedFrom(w)
		}
		return points, nil
	}
	if list != nil {
		return nil, fault.New(fault.Invalid, "invalid-input", "the input is not valid").
			At(at+"points", 0, "expected none beside point, count, duplicates and attributes")
	}
	return []touchpoint.Wanted{wantedFrom(one)}, nil
}

func commandsFrom(commands []client.RuntimeCommand) ([]touchpoint.Command, error) {
	// More are refused as a whole.
	commands = commands[:min(len(commands), touchpoint.MaxCommands+1)]
	all := make([]touchpoint.Command, len(commands))
	for i, c := range commands {
		points, err := pointsFrom(c.OffersWanted, c.Points, fmt.Sprintf("commands[%d].", i))
		if err != nil {
			return nil, err
		}
		all[i] = touchpoint.Command{
			Method: touchpoint.Method(c.Method), Channel: c.Channel, RelyOnExisting: c.RelyOnExisting, Debug: c.Debug,
			Audience: audienceFrom(c.Audience), Profile: c.Profile, Parameters: c.Parameters, CallParameters: c.CallParameters,
			Points: points, Event: c.Event, Treatment: c.Treatment, ResponseType: c.ResponseType, Merge: c.Merge,
		}
	}
	return all, nil
}

func answerOf(a touchpoint.Answer) client.RuntimeAnswer {
	answer := client.RuntimeAnswer{
		SessionID: a.SessionID, Status: client.RuntimeStatus(a.Status), Version: (*client.RuntimeVersion)(a.Version),
		Messages: make([]client.RuntimeMessage, len(a.Messages)),
	}
	for i, m := range a.Messages {
		answer.Messages[i] = client.RuntimeMessage{Level: string(m.Level), Code: int(m.Code), Text: m.Text, Detail: m.Detail}
	}
	if a.OfferLists != nil {
		answer.OfferLists = offerListsOf(a.OfferLists)
	}
	if p := a.Profile; p != nil {
		answer.Profile = &client.RuntimeProfile{
			Audience:   client.Audience{Level: p.Audience.Level, ID: p.Audience.ID},
			Attributes: p.Attributes, Parameters: p.Parameters, Segments: p.Segments, Debug: p.Debug,
		}
	}
	for _, x := range a.Explain {
		answer.Explain = append(answer.Explain, decisionOf(x))
	}
	for _, c := range a.Channels {
		answer.Channels = append(answer.Channels, client.RuntimeChannel{
			RuntimeVersion: client.RuntimeVersion(c.Version), Name: c.Name, Taken: c.Taken,
		})
	}
	return answer
}

func answersOf(all []touchpoint.Answer) []client.RuntimeAnswer {
	answers := make([]client.RuntimeAnswer, len(all))
	for i, a := range all {
		answers[i] = answerOf(a)
	}
	return answers
}

func offerListsOf(all []touchpoint.OfferList) []client.OfferList {
	lists := make([]client.OfferList, len(all))
	for i, from := range all {
		list := client.OfferList{Point: from.Point, Default: from.Default, Offers: make([]client.PresentedOffer, len(from.Offers))}
		for j, o := range from.Offers {
			attributes := client.Properties(o.Attributes)
			if attributes == nil {
				attributes = client.Properties{}
			}
			list.Offers[j] = client.PresentedOffer{Treatment: o.Treatment, Offer: o.Offer, Score: o.Score, Attributes: attributes}
		}
		lists[i] = list
	}
	return lists
}

func decisionOf(x touchpoint.Explain) client.OfferDecision {
	decision := client.OfferDecision{
		Point: x.Point, Zone: x.Zone, Segments: x.Segments, LeftOut: x.LeftOut,
		Candidates: make([]client.OfferCandidate, len(x.Candidates)),
	}
	for i, c := range x.Candidates {
		decision.Candidates[i] = client.OfferCandidate{
			Offer: c.Offer, Origin: string(c.Origin), Strategy: c.Strategy, Rule: c.Rule, Step: int(c.Step),
			Reason: string(c.Reason), Text: c.Text, Score: c.Score, Source: string(c.Source), Rank: c.Rank,
		}
	}
	return decision
}
