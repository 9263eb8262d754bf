package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/switchyard/switchyard/client"
)

func ExampleClient_Do() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"type":"https://switchyard.dev/problems/process-not-granted","status":403,"detail":"the server was not granted this process"}`))
	}))
	defer server.Close()

	c := client.New(server.URL, client.Options{Credential: "swk_…"})
	err := c.Do(context.Background(), http.MethodPost, "/v1/interactions", map[string]any{"process": "card-dispute"}, nil)
	var problem *client.Problem
	if errors.As(err, &problem) {
		fmt.Println(problem.Status, problem.Type)
	}
	// Output: 403 process-not-granted
}
