package api

import (
	"context"

	"github.com/switchyard/switchyard/audit"
	"github.com/switchyard/switchyard/client"
	"github.com/switchyard/switchyard/tenants"
)

type webhookKeysOutput struct{ Body client.WebhookKeys }

func (h *handlers) getWebhookKeys(ctx context.Context, in *InSolution) (*webhookKeysOutput, error) {
	return h.webhookKeys(ctx, in, h.Tenants.WebhookKeys)
}

func (h *handlers) rotateWebhookKey(ctx context.Context, in *InSolution) (*webhookKeysOutput, error) {
	return h.webhookKeys(ctx, in, h.Tenants.RotateWebhookKey)
}

func (h *handlers) webhookKeys(ctx context.Context, in *InSolution, call func(context.Context, audit.Actor, tenants.TenantID, tenants.Name) (tenants.WebhookKeys, error)) (*webhookKeysOutput, error) {
	tenant, err := h.tenantIDs.find(ctx, in.Tenant)
	if err != nil {
		return nil, err
	}
	keys, err := call(ctx, actor(ctx), tenant, in.Solution)
	if err != nil {
		return nil, err
	}
	return &webhookKeysOutput{Body: client.WebhookKeys{Present: keys.Present, Previous: keys.Previous}}, nil
}
