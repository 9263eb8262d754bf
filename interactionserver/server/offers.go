package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/touchpoint"
	"github.com/switchyard/switchyard/workflows/businessprocess"
)

// asker is the runtime of this server as business processes need it.
type asker interface {
	ExecuteBatch(ctx context.Context, id string, b touchpoint.Batch) touchpoint.BatchAnswer
}

// runtime is what business processes ask for offers.
func (r *running) runtime() asker { return r.touchpoints.service }

// Offers implements businessprocess.Host: in the interaction's own session, which
// goes on from one step to the next.
func (h processHost) Offers(ctx context.Context, interaction string, asked process.Offers) (businessprocess.Response, error) {
	answer := h.runtime().ExecuteBatch(ctx, "interaction/"+interaction, touchpoint.Batch{Commands: commandsOf(asked), StopOnError: true})
	if answer.Status == touchpoint.Error {
		return businessprocess.Response{}, fault.New(fault.Invalid, "no-offers", "%s", problemOf(answer))
	}
	lists := answer.Answers[len(answer.Answers)-1].OfferLists
	return businessprocess.Response{Status: http.StatusOK, Body: elements(lists[0])}, nil
}

// commandsOf makes the session the customer's: a live one may be another's.
func commandsOf(asked process.Offers) []touchpoint.Command {
	commands := []touchpoint.Command{{Method: touchpoint.MethodStartSession, Channel: asked.Channel, RelyOnExisting: true}}
	if asked.Level != "" || len(asked.Customer) > 0 || len(asked.Profile) > 0 {
		commands = append(commands, touchpoint.Command{
			Method: touchpoint.MethodSetAudience, Audience: touchpoint.Audience{Level: asked.Level, ID: asked.Customer}, Profile: asked.Profile,
		})
	}
	return append(commands, touchpoint.Command{
		Method: touchpoint.MethodGetOffers, Points: []touchpoint.Wanted{{Point: asked.Point, Count: asked.Count}}, Parameters: asked.Parameters,
	})
}

// elements are the result of the step: never none.
func elements(list touchpoint.OfferList) []any {
	if len(list.Offers) == 0 {
		return []any{element(touchpoint.Offer{}, list.Default)}
	}
	all := make([]any, len(list.Offers))
	for i, offer := range list.Offers {
		all[i] = element(offer, "")
	}
	return all
}

func element(o touchpoint.Offer, text string) map[string]any {
	attributes := o.Attributes
	if attributes == nil {
		attributes = map[string]any{}
	}
	return map[string]any{
		process.OfferTreatment: o.Treatment, process.OfferCode: o.Offer, process.OfferScore: o.Score,
		process.OfferAttributes: attributes, process.OfferDefault: text,
	}
}

// problemOf is what the errors of an answer are. Their details are left out: it
// gets into Temporal's histories, and they may be about a customer.
func problemOf(answer touchpoint.BatchAnswer) string {
	messages := answer.Messages
	for _, a := range answer.Answers {
		messages = append(messages, a.Messages...)
	}
	var errors []string
	for _, m := range messages {
		if m.Level == touchpoint.LevelError {
			errors = append(errors, m.Text)
		}
	}
	return strings.Join(errors, "; ")
}
