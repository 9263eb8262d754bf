package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bank answers lists of what there is, and to all else that it is not there, as the
// control plane does whatever is missing.
func bank(t *testing.T) (flags []string) {
	t.Helper()
	const tenant = "/v1/tenants/bank/"
	lists := map[string][]string{
		"channels":                      {"web", "atm"},
		"channels/web/strategies":       {"winback", "cards"},
		"channels/web/flowcharts":       nil,
		"solutions":                     {"loans", "cards"},
		"solutions/cards/server-groups": {"staging", "production"},
		"solutions/cards/server-groups/staging/servers": {"cards-1"},
		"audience-levels": {
			"a01", "a02", "a03", "a04", "a05", "a06", "a07", "a08", "a09", "a10", "a11", "individual",
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		names, known := lists[strings.TrimPrefix(r.URL.Path, tenant)]
		if !known || r.Method != http.MethodGet {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"type":"https://switchyard.dev/problems/not-found","detail":"there is no such resource, or you may not see it"}`)
			return
		}
		items := make([]string, len(names))
		for i, name := range names {
			items[i] = fmt.Sprintf(`{"name":%q}`, name)
		}
		fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(items, ","))
	}))
	t.Cleanup(server.Close)
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte("a key\n"), 0o600))
	return []string{"--control-plane", server.URL, "--key-file", key}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	csv := written(t, "customerId\n7\n")
	flags := bank(t)
	deployment := []string{"--group", "staging", "--name", "x"}
	tests := []struct {
		give []string
		want string
	}{
		{[]string{"mark", "bank/web/strategies/cord"}, "channel bank/web has no strategy cord; it has cards, winback"},
		{[]string{"mark", "bank/web/flowcharts/life"}, "channel bank/web has no flowchart life"},
		{[]string{"unmark", "bank/wob/strategies/cards"}, "tenant bank has no channel wob; it has atm, web"},
		{[]string{"mark", "bonk/web/strategies/cards"}, "there is no tenant bonk for you"},
		{[]string{"versions", "bank/wob"}, "tenant bank has no channel wob; it has atm, web"},
		{[]string{"pending", "bank/wob", "--group", "staging"}, "tenant bank has no channel wob; it has atm, web"},
		{append([]string{"deploy", "bank/wob"}, deployment...), "tenant bank has no channel wob; it has atm, web"},
		{[]string{"redeploy", "bonk", "--name", "x"}, "there is no tenant bonk for you"},
		{[]string{"export", "bonk"}, "there is no tenant bonk for you"},
		{[]string{"export", "bank", "--channel", "wob"}, "tenant bank has no channel wob; it has atm, web"},
		{[]string{"test-run", "bank/wob", "--group", "staging", "--strategy", "cards", "--profiles", csv}, "tenant bank has no channel wob; it has atm, web"},
		{[]string{"delete", "server", "bank/cards/staging/cards-2"}, "server group bank/cards/staging has no server cards-2; it has cards-1"},
		{[]string{"profiles", "load", csv, "--group", "bank/cords/staging", "--level", "individual"}, "tenant bank has no solution cords; it has cards, loans"},
		{[]string{"profiles", "load", csv, "--group", "bank/cards/staging", "--level", "x"},
			"tenant bank has no audience level x; it has a01, a02, a03, a04, a05, a06, a07, a08, a09, a10 and 2 more"},
		{[]string{"profiles", "show", "7", "--group", "bank/cards/stoging", "--level", "individual"},
			"solution bank/cards has no server group stoging; it has production, staging"},
		{[]string{"profiles", "forget", "7", "--group", "bank/cards/staging", "--level", "individual"},
			"audience level individual in cards/staging has no customer 7"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.give[:2], " "), func(t *testing.T) {
			t.Parallel()
			var out, problems strings.Builder
			require.Equal(t, exitFailed, run(append(slices.Clone(test.give), flags...), &out, &problems))
			require.Regexp(t, `there is no such resource, or you may not see it: `+test.want+`\n$`, problems.String())
		})
	}
}
