package rest

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const bearerScheme = "bearer"

// humaConfig has none of Huma's own routes: they would load scripts from afar.
func (a *API) humaConfig() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: a.o.Title, Description: a.o.Description, Version: a.o.Version},
			Components: &huma.Components{
				Schemas:   registry,
				Responses: map[string]*huma.Response{},
				SecuritySchemes: map[string]*huma.SecurityScheme{
					bearerScheme: {Type: "http", Scheme: "bearer", Description: "An API key, or a token of POST /v1/tokens."},
				},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// declare is the operation in Huma's terms, with the problems that follow from it
// and from the type of its input.
func (a *API) declare(op Operation, input reflect.Type) huma.Operation {
	declared := huma.Operation{
		OperationID:     op.ID,
		Method:          op.Method,
		Path:            op.Path,
		Tags:            []string{op.Tag},
		Summary:         op.Summary,
		Description:     op.Description,
		DefaultStatus:   op.Status,
		MaxBodyBytes:    -1, // the server's limit counts
		BodyReadTimeout: -1, // the server's
		Responses:       map[string]*huma.Response{},
		Extensions:      map[string]any{"x-action": op.Action},
		Middlewares:     huma.Middlewares{a.admit(op)},
	}
	if op.Action != Public {
		declared.Security = []map[string][]string{{bearerScheme: {}}}
	}
	if op.Idempotent {
		declared.Parameters = append(declared.Parameters, idempotencyParam())
	}
	if _, ok := input.FieldByName("IfNoneMatch"); ok {
		declared.Responses["304"] = &huma.Response{Description: "The caller has the present version"}
	}
	for _, status := range op.problems(input) {
		declared.Responses[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/" + a.problemResponse(status)}
	}
	return declared
}

// problems are the statuses that follow from the shape of the operation, and its
// own.
func (op Operation) problems(input reflect.Type) []int {
	statuses := append([]int{
		http.StatusBadRequest, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}, op.Problems...)
	if op.Action != Public {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden)
	}
	if len(op.Params()) > 0 {
		statuses = append(statuses, http.StatusNotFound)
	}
	if _, ok := input.FieldByName("Body"); ok {
		statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if _, ok := input.FieldByName("IfMatch"); ok {
		statuses = append(statuses, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	if op.Idempotent {
		statuses = append(statuses, http.StatusConflict)
	}
	slices.Sort(statuses)
	return slices.Compact(statuses)
}

// problemResponse makes sure of the shared response of a status, and names it.
func (a *API) problemResponse(status int) string {
	text := http.StatusText(status)
	if text == "" {
		panic(fmt.Sprintf("problem status %d", status))
	}
	name := strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "-", "")
	components := a.huma.OpenAPI().Components
	if components.Responses[name] == nil {
		components.Responses[name] = &huma.Response{
			Description: text,
			Content: map[string]*huma.MediaType{
				problemContentType: {Schema: components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")},
			},
		}
	}
	return name
}

func idempotencyParam() *huma.Param {
	longest, shortest := maxIdempotencyKey, 1
	return &huma.Param{
		Name:        idempotencyHeader,
		In:          "header",
		Description: "The same key and request again, within a day, gets the first one's answer.",
		Schema:      &huma.Schema{Type: huma.TypeString, MinLength: &shortest, MaxLength: &longest},
	}
}

// OpenAPI returns the OpenAPI 3.1 document as YAML; equal for equal operations.
func (a *API) OpenAPI() ([]byte, error) {
	document, err := a.huma.OpenAPI().YAML()
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	return document, nil
}
