package serverapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/switchyard/switchyard/accessgroups"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
	"github.com/switchyard/switchyard/runtime/touchpoint"
)

// Runtime is what touchpoints talk to; *touchpoint.Service has it.
type Runtime interface {
	StartSession(ctx context.Context, id string, r touchpoint.Start) touchpoint.Answer
	GetOffers(ctx context.Context, id string, r touchpoint.GetOffers) touchpoint.Answer
	PostEvent(ctx context.Context, id string, r touchpoint.PostEvent) touchpoint.Answer
	SetAudience(ctx context.Context, id string, r touchpoint.SetAudience) touchpoint.Answer
	GetProfile(ctx context.Context, id string) touchpoint.Answer
	SetDebug(ctx context.Context, id string, r touchpoint.SetDebug) touchpoint.Answer
	EndSession(ctx context.Context, id string) touchpoint.Answer
	ExecuteBatch(ctx context.Context, id string, b touchpoint.Batch) touchpoint.BatchAnswer
}

const runtimeTag = "Runtime"

const (
	anySession = "The session id is percent-encoded: 1 to 256 bytes of UTF-8 without control characters, of the caller's choice. " +
		"What comes of the call is in the answer's `status` and `messages`, with HTTP status 200."
	started = "Begins a session, or with `relyOnExisting` goes on with a live one. Repeating it is harmless."
)

// sessions are the operations of touchpoints.
type sessions struct {
	runtime Runtime
	metrics *runtimeMetrics
	running atomic.Int64 // calls
}

func (s *surface) registerRuntime(api *rest.API) {
	r := &sessions{runtime: s.o.Runtime, metrics: newRuntimeMetrics(s.o.Registry, s.o.Sessions)}
	operation := func(id, method, path, summary, description string) rest.Operation {
		return rest.Operation{
			ID: id, Method: method, Path: path, Tag: runtimeTag, Summary: summary, Description: strings.TrimSpace(description + " " + anySession),
			Action: string(accessgroups.CallRuntime), Unmetered: true,
		}
	}
	const one = "/v1/sessions/{session}"
	rest.Handle(api, operation("start-session", http.MethodPut, one, "Start a session", started), r.start)
	rest.HandleHot(api, operation("get-offers", http.MethodPost, one+"/offers", "Get the best offers",
		"For one interaction point, or for several in `points`. Each offer that is answered counts as presented."), r.offers)
	rest.HandleHot(api, operation("post-event", http.MethodPost, one+"/events", "Tell of an event",
		"Such as a contact, an acceptance or a rejection of an offer, by its treatment code."), r.event)
	rest.Handle(api, operation("set-audience", http.MethodPut, one+"/audience", "Say who the visitor is",
		"Loads what is known of the visitor and segments anew."), r.audience)
	rest.Handle(api, operation("get-profile", http.MethodGet, one+"/profile", "Get what is known of the visitor", ""), r.profile)
	rest.Handle(api, operation("set-debug", http.MethodPut, one+"/debug", "Switch explanations on or off", ""), r.debug)
	rest.Handle(api, operation("end-session", http.MethodDelete, one, "End a session", ""), r.end)
	rest.Handle(api, operation("execute-batch", http.MethodPost, "/v1/batch/{session}", "Run several calls of a session",
		"In order, with no other call of the session between them."), r.batch)
}

// SessionParam names a session.
type SessionParam struct {
	Session string `path:"session" doc:"Id of the session, percent-encoded." example:"visit-4711"`
}

// id is as the caller chose it. What is no escape does not come here.
func (p SessionParam) id() (string, error) {
	id, err := url.PathUnescape(p.Session)
	if err != nil {
		return "", fault.New(fault.Invalid, "malformed-path", "the path is not a valid URL")
	}
	return id, nil
}

// mostCalls bounds the calls at work, and with it the memory for them: most of the
// time they wait for their session's turn or for the history.
const mostCalls = 4096

type runtimeOutput struct{ Body client.RuntimeAnswer }

// call runs a call within the bounds, and observes it.
func (s *sessions) call(p SessionParam, method touchpoint.Method, do func(id string) touchpoint.Answer) (*runtimeOutput, error) {
	id, err := p.id()
	if err != nil {
		return nil, err
	}
	begun := s.metrics.now()
	answer := s.bounded(id, do)
	s.metrics.observe(method, answer.Status, begun)
	return &runtimeOutput{Body: answerOf(answer)}, nil
}

func (s *sessions) bounded(id string, do func(id string) touchpoint.Answer) touchpoint.Answer {
	defer s.running.Add(-1) // also where do panics
	if s.running.Add(1) > mostCalls {
		return overloaded(id)
	}
	return do(id)
}

func overloaded(id string) touchpoint.Answer {
	code := touchpoint.Overloaded
	return touchpoint.Answer{SessionID: id, Status: touchpoint.Error, Messages: []touchpoint.Message{{
		Level: touchpoint.LevelError, Code: code, Text: touchpoint.Codes[code], Detail: "the server is at work on too many calls",
	}}}
}

type startInput struct {
	SessionParam
	Body client.StartSession
}

func (s *sessions) start(ctx context.Context, in *startInput) (*runtimeOutput, error) {
	return s.call(in.SessionParam, touchpoint.MethodStartSession, func(id string) touchpoint.Answer {
		return s.runtime.StartSession(ctx, id, touchpoint.Start{
			Channel: in.Body.Channel, RelyOnExisting: in.Body.RelyOnExisting, Debug: in.Body.Debug,
			Audience: audienceFrom(in.Body.Audience), Profile: in.Body.Profile, Parameters: in.Body.Parameters,
		})
	})
}

type offersInput struct {
	SessionParam
	Body client.GetOffers
}

func (s *sessions) offers(ctx context.Context, in *offersInput) (*runtimeOutput, error) {
	points, err := pointsFrom(in.Body.OffersWanted, in.Body.Points, "")
	if err != nil {
		return nil, err
	}
	return s.call(in.SessionParam, touchpoint.MethodGetOffers, func(id string) touchpoint.Answer {
		return s.runtime.GetOffers(ctx, id, touchpoint.GetOffers{
			Points: points, Parameters: in.Body.Parameters, CallParameters: in.Body.CallParameters,
		})
	})
}

type eventInput struct {
	SessionParam
	Body client.PostEvent
}

func (s *sessions) event(ctx context.Context, in *eventInput) (*runtimeOutput, error) {
	return s.call(in.SessionParam, touchpoint.MethodPostEvent, func(id string) touchpoint.Answer {
		return s.runtime.PostEvent(ctx, id, touchpoint.PostEvent{
			Event: in.Body.Event, Treatment: in.Body.Treatment, ResponseType: in.Body.ResponseType, Parameters: in.Body.Parameters,
		})
	})
}

type audienceInput struct {
	SessionParam
	Body client.SetAudience
}

func (s *sessions) audience(ctx context.Context, in *audienceInput) (*runtimeOutput, error) {
	return s.call(in.SessionParam, touchpoint.MethodSetAudience, func(id string) touchpoint.Answer {
		return s.runtime.SetAudience(ctx, id, touchpoint.SetAudience{
			Audience: audienceFrom(in.Body.Audience), Profile: in.Body.Profile, Parameters: in.Body.Parameters, Merge: in.Body.Merge,
		})
	})
}

func (s *sessions) profile(ctx context.Context, in *SessionParam) (*runtimeOutput, error) {
	return s.call(*in, touchpoint.MethodGetProfile, func(id string) touchpoint.Answer { return s.runtime.GetProfile(ctx, id) })
}

type debugInput struct {
	SessionParam
	Body client.SetDebug
}

func (s *sessions) debug(ctx context.Context, in *debugInput) (*runtimeOutput, error) {
	return s.call(in.SessionParam, touchpoint.MethodSetDebug, func(id string) touchpoint.Answer {
		return s.runtime.SetDebug(ctx, id, touchpoint.SetDebug{Debug: in.Body.Debug})
	})
}

func (s *sessions) end(ctx context.Context, in *SessionParam) (*runtimeOutput, error) {
	return s.call(*in, touchpoint.MethodEndSession, func(id string) touchpoint.Answer { return s.runtime.EndSession(ctx, id) })
}

type batchInput struct {
	SessionParam
	Body client.RuntimeBatch
}

type batchOutput struct{ Body client.RuntimeBatchAnswer }

func (s *sessions) batch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	commands, err := commandsFrom(in.Body.Commands)
	if err != nil {
		return nil, err
	}
	var answer touchpoint.BatchAnswer
	whole, err := s.call(in.SessionParam, methodBatch, func(id string) touchpoint.Answer {
		answer = s.runtime.ExecuteBatch(ctx, id, touchpoint.Batch{Commands: commands, StopOnError: in.Body.StopOnError})
		return touchpoint.Answer{SessionID: answer.SessionID, Status: answer.Status, Messages: answer.Messages}
	})
	if err != nil {
		return nil, err
	}
	for i, each := range answer.Answers {
		s.metrics.observeCommand(commands[i].Method, each.Status)
	}
	return &batchOutput{Body: client.RuntimeBatchAnswer{
		SessionID: whole.Body.SessionID, Status: whole.Body.Status, Messages: whole.Body.Messages, Answers: answersOf(answer.Answers),
	}}, nil
}
