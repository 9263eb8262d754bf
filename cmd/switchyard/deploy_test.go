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

// TestDeployWarnsBeforeItDeploys holds that who deploys without having looked at what
// is pending is told of what may have been forgotten. A rollback takes nothing along
// that is designed now.
func TestDeployWarnsBeforeItDeploys(t *testing.T) {
	t.Parallel()
	const (
		channel = "/v1/tenants/bank/channels/web"
		warning = "warning: event abandoned: action 1: process call-back is not granted to server cards-1\n"
	)
	tests := []struct {
		name     string
		give     []string
		before   string // what is shown when the deployment is asked for
		requests []string
	}{
		{"Deploy", []string{"deploy", "bank/web"}, warning,
			[]string{"GET " + channel + "/pending-changes?group=staging", "POST " + channel + "/deployments"}},
		{"Rollback", []string{"rollback", "bank/web", "--to", "2"}, "", []string{"POST " + channel + "/deployments"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var requests []string
			var out, problems strings.Builder
			before := "nothing"
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests = append(requests, r.Method+" "+r.URL.RequestURI())
				if r.Method == http.MethodGet {
					fmt.Fprint(w, `{"group":"staging","warnings":[{"kind":"event","name":"abandoned",
						"message":"action 1: process call-back is not granted to server cards-1"}]}`)
					return
				}
				before = out.String()
				w.WriteHeader(http.StatusCreated)
				fmt.Fprint(w, `{"number":4,"channel":"web","solution":"cards","group":"staging"}`)
			}))
			t.Cleanup(server.Close)
			key := filepath.Join(t.TempDir(), "key")
			require.NoError(t, os.WriteFile(key, []byte("a key\n"), 0o600))

			args := append(slices.Clone(test.give), "--group", "staging", "--name", "x", "--no-wait", "--control-plane", server.URL, "--key-file", key)
			require.Zero(t, run(args, &out, &problems), problems.String())
			require.Equal(t, test.before, before)
			require.Equal(t, test.before+"deployment 4 of web to cards/staging is asked for\n", out.String())
			require.Equal(t, test.requests, requests)
		})
	}
}
