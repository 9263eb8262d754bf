package tenants

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"

	"github.com/switchyard/switchyard/audit"
)

// keySize is the length of the keys of treatment codes and webhooks, in bytes.
const keySize = 32

// webhookKeyPrefix is that of Standard Webhooks for keys of HMAC-SHA256.
const webhookKeyPrefix = "whsec_"

// WebhookKeys are the keys with which the servers of a solution sign webhooks, as
// receivers have them: whsec_ and 32 bytes in standard base64. Never log them.
type WebhookKeys struct {
	Present string
	// Previous signs too, so that receivers can change over; empty before the first
	// rotation.
	Previous string
}

// String is the form in which a launch has them.
func (k WebhookKeys) String() string { return strings.TrimSpace(k.Present + " " + k.Previous) }

func parseWebhookKeys(text string) WebhookKeys {
	present, previous, _ := strings.Cut(text, " ")
	return WebhookKeys{Present: present, Previous: previous}
}

// WebhookKeys returns the keys of a solution; the first call makes one. Who reads
// them is written down.
func (s *Service) WebhookKeys(ctx context.Context, by audit.Actor, tenant TenantID, solution Name) (WebhookKeys, error) {
	return s.changeWebhookKeys(ctx, by, tenant, solution, "solution.read-webhook-keys",
		func(k WebhookKeys) WebhookKeys { return k })
}

// RotateWebhookKey makes a new key of a solution; the one before it goes on
// signing, the one before that does not. Servers take it when they are provisioned
// again.
func (s *Service) RotateWebhookKey(ctx context.Context, by audit.Actor, tenant TenantID, solution Name) (WebhookKeys, error) {
	return s.changeWebhookKeys(ctx, by, tenant, solution, "solution.rotate-webhook-key",
		func(k WebhookKeys) WebhookKeys { return WebhookKeys{Present: newWebhookKey(), Previous: k.Present} })
}

func (s *Service) changeWebhookKeys(ctx context.Context, by audit.Actor, tenant TenantID, name Name, action string, next func(WebhookKeys) WebhookKeys) (WebhookKeys, error) {
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (WebhookKeys, error) {
		solution, err := w.Solution(ctx, name)
		if err != nil {
			return WebhookKeys{}, err
		}
		text, err := s.keptSecret(ctx, w, tenant, webhookKeys, string(solution.ID), newWebhookKey)
		if err != nil {
			return WebhookKeys{}, err
		}
		keys := next(parseWebhookKeys(text))
		if keys.String() != text {
			if err := s.sealSecret(ctx, w, tenant, webhookKeys, string(solution.ID), keys.String()); err != nil {
				return WebhookKeys{}, err
			}
		}
		return keys, w.Record(ctx, audit.NewEvent(by, string(tenant), action, solutionPath(name), nil))
	})
}

// runtimeKeys returns the key of the tenant's treatment codes, in standard base64,
// and those of the solution's webhooks: the same each time.
func (s *Service) runtimeKeys(ctx context.Context, tenant TenantID, solution SolutionID) (treatments, webhooks string, err error) {
	if treatments, err = s.madeOnce(ctx, tenant, treatmentKey, string(tenant), newKey); err != nil {
		return "", "", err
	}
	webhooks, err = s.madeOnce(ctx, tenant, webhookKeys, string(solution), newWebhookKey)
	return treatments, webhooks, err
}

// madeOnce returns a secret; the first call makes it.
func (s *Service) madeOnce(ctx context.Context, tenant TenantID, kind SecretKind, owner string, fresh func() string) (string, error) {
	text, err := view(ctx, s, tenant, func(ctx context.Context, r Reader) (string, error) {
		text, _, err := s.openSecret(ctx, r, tenant, kind, owner)
		return text, err
	})
	if err != nil || text != "" {
		return text, err
	}
	return change(ctx, s, tenant, func(ctx context.Context, w Writer) (string, error) {
		return s.keptSecret(ctx, w, tenant, kind, owner, fresh)
	})
}

// keptSecret returns a secret, and makes it where there is none.
func (s *Service) keptSecret(ctx context.Context, w Writer, tenant TenantID, kind SecretKind, owner string, fresh func() string) (string, error) {
	text, found, err := s.openSecret(ctx, w, tenant, kind, owner)
	if err != nil || found {
		return text, err
	}
	text = fresh()
	return text, s.sealSecret(ctx, w, tenant, kind, owner, text)
}

func newKey() string {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	return base64.StdEncoding.EncodeToString(key)
}

func newWebhookKey() string { return webhookKeyPrefix + newKey() }
