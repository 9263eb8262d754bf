package rest

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// File is an answer that is no JSON.
type File struct {
	// Name is that under which a browser saves it.
	Name string
	// Next is the cursor of the next part, empty for none. It goes into the header
	// Next-Cursor.
	Next    string
	Content []byte
}

type fileOutput struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	NextCursor         string `header:"Next-Cursor"`
	Body               []byte
}

// HandleFile registers an operation that answers a file of that media type.
func HandleFile[I any](a *API, op Operation, mediaType string, handler func(context.Context, *I) (*File, error)) {
	if op.Method != http.MethodGet {
		panic(fmt.Sprintf("operation %s: a file is a GET", op.ID))
	}
	a.register(op)
	declared := a.declare(op, reflect.TypeFor[I]())
	declared.Responses["200"] = &huma.Response{
		Description: "The file; where there is more, header Next-Cursor says where to go on",
		Content:     map[string]*huma.MediaType{mediaType: {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	huma.Register(a.huma, declared, func(ctx context.Context, in *I) (*fileOutput, error) {
		file, err := handler(ctx, in)
		if err != nil {
			return nil, a.failed(ctx, err)
		}
		return &fileOutput{
			ContentType:        mediaType + "; charset=utf-8",
			ContentDisposition: mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}),
			NextCursor:         file.Next,
			Body:               file.Content,
		}, nil
	})
}
