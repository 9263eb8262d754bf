package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// webhookKeys sign webhooks as Standard Webhooks (www.standardwebhooks.com) says:
// HMAC-SHA256 over id, timestamp and body with a dot between, once with each key.
type webhookKeys [][]byte

const (
	webhookKeyPrefix = "whsec_"
	minWebhookKey    = 24 // bytes, as Standard Webhooks has it
	maxWebhookKey    = 64
)

// parseWebhookKeys reads the keys of a launch; the error quotes none of them.
func parseWebhookKeys(text string) (webhookKeys, error) {
	var keys webhookKeys
	for _, field := range strings.Fields(text) {
		encoded, ok := strings.CutPrefix(field, webhookKeyPrefix)
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !ok || err != nil || len(key) < minWebhookKey || len(key) > maxWebhookKey {
			return nil, errors.New("expected keys of Standard Webhooks: whsec_ and 24 to 64 bytes in base64")
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// headers are those that sign a request; of no keys all but the signature.
func (k webhookKeys) headers(id string, at time.Time, body []byte) map[string]string {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	headers := map[string]string{"Webhook-Id": id, "Webhook-Timestamp": timestamp}
	signatures := make([]string, len(k))
	for i, key := range k {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	if len(signatures) > 0 {
		headers["Webhook-Signature"] = strings.Join(signatures, " ")
	}
	return headers
}
