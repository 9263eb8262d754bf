package server

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWebhookSignatures holds them against the example of the libraries of Standard
// Webhooks.
func TestWebhookSignatures(t *testing.T) {
	t.Parallel()
	const key, signature = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	other := webhookKeyPrefix + base64.StdEncoding.EncodeToString(make([]byte, 32))
	at, body := time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)
	for give, want := range map[string]int{key: 0, key + " " + other: 0, other + " " + key: 1} {
		keys, err := parseWebhookKeys(give)
		require.NoError(t, err)
		headers := keys.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
		require.Equal(t, "msg_p5jXN8AQM9LWM0D4loKWxJek", headers["Webhook-Id"])
		require.Equal(t, "1614265330", headers["Webhook-Timestamp"])
		signatures := strings.Split(headers["Webhook-Signature"], " ")
		require.Len(t, signatures, len(keys))
		require.Equal(t, signature, signatures[want])
	}
	keys, err := parseWebhookKeys("")
	require.NoError(t, err)
	require.NotContains(t, keys.headers("a", at, body), "Webhook-Signature")
	for _, wrong := range []string{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_!", key + ",", "whsec_" + strings.Repeat("QUFB", 22)} {
		_, err := parseWebhookKeys(wrong)
		require.Error(t, err, wrong)
		require.NotContains(t, err.Error(), "MfKQ")
	}
}
