package server

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
)

// Only the control plane's own word costs a server its grants: a proxy's page, or
// whatever else listens at its address for a while, does not.
func TestRefused(t *testing.T) {
	t.Parallel()
	problem := func(typ string) string { return `{"type":"https://switchyard.dev/problems/` + typ + `","detail":"no"}` }
	tests := map[string]struct {
		status int
		body   string
		want   bool
	}{
		"KeyOrAccountNotValid":    {http.StatusUnauthorized, problem("invalid-credentials"), true},
		"ServerOfAnotherAccount":  {http.StatusNotFound, problem("not-found"), true},
		"PageOfAProxy":            {http.StatusNotFound, "<html>404 page not found</html>", false},
		"ProxyThatWantsALogin":    {http.StatusUnauthorized, "", false},
		"ProblemOfAnotherProgram": {http.StatusForbidden, `{"type":"about:blank","title":"Forbidden"}`, false},
		"ProgramWithoutTheRoute":  {http.StatusNotFound, problem("no-such-route"), false},
		"ControlPlaneInTrouble":   {http.StatusServiceUnavailable, problem("unavailable"), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			t.Cleanup(server.Close)
			err := client.New(server.URL, client.Options{Retries: -1}).Do(t.Context(), http.MethodGet, "/", nil, nil)
			require.Error(t, err)
			require.Equal(t, test.want, refused(err), err)
		})
	}
}
