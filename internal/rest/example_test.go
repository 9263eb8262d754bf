package rest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/switchyard/switchyard/internal/authentication"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
)

func Example() {
	api := rest.New(rest.Options{
		Title: "Notes", Version: "1", Logger: slog.New(slog.DiscardHandler),
		Authenticate: func(context.Context, string) (authentication.Caller, error) {
			return authentication.Caller{}, fault.New(fault.Unauthenticated, "invalid-credentials", "the credentials are not valid")
		},
	})
	type input struct {
		Note string `path:"note" maxLength:"63" doc:"Name of the note."`
	}
	type note struct {
		Text string `json:"text"`
	}
	type output struct {
		rest.ETag
		Body note
	}
	rest.Handle(api, rest.Operation{
		ID: "get-note", Method: http.MethodGet, Path: "/v1/notes/{note}",
		Tag: "Notes", Summary: "Read a note", Action: "view-notes",
	}, func(_ context.Context, in *input) (*output, error) {
		return &output{ETag: rest.ETag{ETag: rest.VersionETag(1)}, Body: note{Text: in.Note}}, nil
	})
	for _, op := range api.Operations() {
		fmt.Println(op.ID, op.Method, op.Path, op.Params(), op.Action)
	}
	// Output: get-note GET /v1/notes/{note} [note] view-notes
}
