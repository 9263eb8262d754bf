package server

import (
	"context"
	"time"

	"github.com/switchyard/switchyard/interactionserver"
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/workflows/businessprocess"
)

// processHost lets Temporal host the business processes of the service.
type processHost struct {
	service *interactionserver.Service
	runtime func() asker
}

// Advance implements businessprocess.Host.
func (h processHost) Advance(ctx context.Context, interaction string) (businessprocess.Await, error) {
	await, err := h.service.Advance(ctx, interactionserver.InteractionID(interaction))
	if err != nil {
		return businessprocess.Await{}, err
	}
	return awaitOf(await), nil
}

// awaitOf leaves out what must not get into histories: the call and the state of
// the step machine.
func awaitOf(a interactionserver.Await) businessprocess.Await {
	await := businessprocess.Await{
		Kind:       businessprocess.AwaitKind(a.Kind),
		Version:    a.Version,
		Step:       a.Step,
		State:      string(a.State),
		Queue:      string(a.Queue),
		Sequence:   a.Sequence,
		Until:      a.Until,
		StopReason: a.StopReason,
	}
	if a.Call != nil {
		await.Call = &businessprocess.CallPolicy{
			Timeout:  time.Duration(a.Call.Timeout),
			Attempts: a.Call.Retry.Attempts,
		}
	}
	return await
}

// PendingCall implements businessprocess.Host.
func (h processHost) PendingCall(ctx context.Context, interaction string, sequence int64) (process.Request, bool, error) {
	await, err := h.service.Advance(ctx, interactionserver.InteractionID(interaction))
	if err != nil || await.Call == nil || await.Sequence != sequence {
		return process.Request{}, false, err
	}
	return *await.Call, true, nil
}

// Answer implements businessprocess.Host.
func (h processHost) Answer(ctx context.Context, interaction string, outcome process.Event) error {
	return h.service.Respond(ctx, interactionserver.InteractionID(interaction), outcome.Sequence, interactionserver.CallResult{
		Status:  outcome.Status,
		Body:    outcome.Body,
		Failure: outcome.Problem,
	})
}

// outbox hands the service's messages to the dispatcher.
type outbox struct {
	service *interactionserver.Service
	grants  *grants
}

// Pending implements businessprocess.Outbox.
func (o outbox) Pending(ctx context.Context, limit int) ([]businessprocess.Message, error) {
	entries, err := o.service.Outbox(ctx, limit)
	if err != nil {
		return nil, err
	}
	messages := make([]businessprocess.Message, len(entries))
	for i, entry := range entries {
		messages[i] = businessprocess.Message{
			ID:          entry.ID,
			Kind:        businessprocess.MessageKind(entry.Kind),
			Interaction: string(entry.Interaction),
			Process:     entry.Process,
			MediaType:   entry.MediaType,
			Queue:       o.grants.onlyQueue(entry.Process),
		}
	}
	return messages, nil
}

// Settle implements businessprocess.Outbox.
func (o outbox) Settle(ctx context.Context, ids []int64) error { return o.service.Settle(ctx, ids...) }

// Open implements businessprocess.Outbox.
func (o outbox) Open(ctx context.Context, interaction string) (bool, error) {
	return o.service.Open(ctx, interactionserver.InteractionID(interaction))
}
