package server

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/schedule"
	"github.com/switchyard/switchyard/tenants"
	"github.com/switchyard/switchyard/workflows/businessprocess"
)

const (
	// webhookTimeout bounds one attempt of a webhook.
	webhookTimeout = 10 * time.Second
	// triggerSource is the media source of interactions that events submit. Their
	// external id is that of the action: the same is never submitted twice.
	triggerSource = "runtime"
	// processMedia is the media type of interactions that stand for a process.
	processMedia = "event"
)

// triggers executes what events and patterns lead to outside of the runtime. An
// action may come again when a server died: whoever it leads to knows it by its id.
type triggers struct {
	caller  *businessprocess.Caller
	service *interactionserver.Service
	keys    webhookKeys
}

// Execute implements schedule.Executor.
func (t triggers) Execute(ctx context.Context, a schedule.Action) error {
	switch a.Work.Do.Do {
	case definition.CallWebhook:
		return t.call(ctx, a)
	case definition.SubmitInteraction:
		return t.submit(ctx, a, a.Work.Do.MediaType)
	case definition.StartProcess:
		return t.submit(ctx, a, processMedia)
	default:
		return fault.New(fault.Invalid, "no-trigger", "%s is no trigger", a.Work.Do.Do)
	}
}

// webhook is the body of a webhook's request.
type webhook struct {
	ID      string `json:"id"` // the same in all attempts
	Channel string `json:"channel"`
	Event   string `json:"event"`
	// Cause names the event or the pattern and the action.
	Cause string `json:"cause"`
	Level string `json:"level"`
	// Key has the values of the customer's key; none of an anonymous visitor.
	Key     []any          `json:"key"`
	Session string         `json:"session"`
	Data    map[string]any `json:"data"`
}

func (t triggers) call(ctx context.Context, a schedule.Action) error {
	body := webhook{ID: a.ID.String(), Channel: a.Work.Channel, Event: a.Work.Event, Cause: a.Work.Cause, Level: a.Level,
		Key: a.Work.Key, Session: a.Session, Data: a.Work.Data}
	if body.Key == nil {
		body.Key = []any{}
	}
	if body.Data == nil {
		body.Data = map[string]any{}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the body of a webhook: %w", err)
	}
	headers := t.keys.headers(body.ID, time.Now(), text)
	headers["Idempotency-Key"] = body.ID
	response, err := t.caller.Do(ctx, process.Request{
		Method:   "POST",
		Endpoint: a.Work.Do.URL,
		Headers:  headers,
		Body:     process.Value{Any: json.RawMessage(text)}, // goes out as it was signed
		Timeout:  process.Duration(webhookTimeout),
	})
	switch {
	case err != nil:
		return err
	case response.Status >= 200 && response.Status < 300:
		return nil
	case response.Status >= 500 || response.Status == 429 || response.Status == 408:
		return fault.New(fault.Unavailable, "webhook-failed", "the webhook answered %d", response.Status)
	default:
		return fault.New(fault.Invalid, "webhook-refused", "the webhook answered %d", response.Status)
	}
}

// submit submits an interaction as the server's account.
func (t triggers) submit(ctx context.Context, a schedule.Action, media string) error {
	c := t.service.Configuration()
	if c == nil {
		return fault.New(fault.Unavailable, "no-configuration", "the server has no configuration yet")
	}
	encoded, err := json.Marshal(map[string]any{
		"channel": a.Work.Channel, "event": a.Work.Event, "level": a.Level, "key": append([]any{}, a.Work.Key...), "session": a.Session,
		"data": a.Work.Data,
	})
	if err != nil {
		return fmt.Errorf("write the properties of an interaction: %w", err)
	}
	var properties process.Values
	if err := json.Unmarshal(encoded, &properties); err != nil {
		return fmt.Errorf("write the properties of an interaction: %w", err)
	}
	_, _, err = t.service.Submit(ctx, tenants.AccountID(c.Account.ID), interactionserver.Submission{
		MediaSource: triggerSource, ExternalID: a.ID.String(), MediaType: media, Process: a.Work.Do.Process, Properties: properties,
	})
	return err
}
