package deploy

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
)

func TestProgressLine(t *testing.T) {
	t.Parallel()
	server := func(name, state, reason string) client.DeploymentServer {
		return client.DeploymentServer{Name: name, State: state, Reason: reason}
	}
	tests := []struct {
		name string
		give client.Deployment
		want string
	}{
		{"SaysForWhomItWaits", client.Deployment{State: "waiting", WaitsFor: 3}, "waiting     for deployment 3 to end"},
		{"LeavesOutServersThatWereNotLookedFor", client.Deployment{State: "building", Servers: []client.DeploymentServer{server("cards-1", "away", "")}}, "building"},
		{"ShowsServers", client.Deployment{State: "preparing", Servers: []client.DeploymentServer{
			server("cards-1", "prepared", ""), server("cards-2", "refused", "disk full"), server("cards-3", "away", "")}},
			"preparing   cards-1 prepared, cards-2 refused (disk full), cards-3 away"},
		{"ShowsTheReason", client.Deployment{State: "failed", Reason: "server cards-2: disk full"}, "failed      server cards-2: disk full"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, progressLine(test.give))
		})
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 3, 1, 8, 0, 0, 0, time.Local)
	var out bytes.Buffer
	require.NoError(t, Versions([]client.ChannelVersion{
		{Solution: "cards", Group: "production", Number: 4, Hash: "0123456789abcdef", Name: "spring", By: "ada", Since: &since,
			Stale: []string{"macro dear was changed"}, Open: []int64{5},
			Servers: []client.DeploymentServer{{Name: "cards-1", Number: 4, Hash: "0123456789abcdef", State: "serving", Since: since}}},
		{Solution: "cards", Group: "staging"},
	}, &out))
	require.Equal(t, `GROUP             SERVER   NUMBER  PACKAGE       SINCE                STATE
cards/production           4       0123456789ab  2026-03-01 08:00:00  "spring" by ada; stale: macro dear was changed; deployment 5 is under way
                  cards-1  4       0123456789ab  2026-03-01 08:00:00  serving
cards/staging              -       -             -                    never deployed
`, out.String())
}
