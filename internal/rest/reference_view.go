package rest

import (
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// The reference page's data: what its template shows, in order.
type (
	referencePage struct {
		Title, Version string
		Description    []paragraph
		Style          template.CSS
		Tags           []referenceTag
		Schemas        []referenceSchema
	}
	referenceTag struct {
		Name       string
		Operations []referenceOperation
	}
	referenceOperation struct {
		Operation
		Text       []paragraph
		Parameters []referenceField
		Body       *typeText
		Answers    []referenceAnswer
	}
	referenceAnswer struct {
		Status  int
		Meaning string
		Type    *typeText
	}
	referenceSchema struct {
		Name   string
		Text   []paragraph
		Fields []referenceField
	}
	referenceField struct {
		Name, In string
		Type     typeText
		Required bool
		Text     string
	}
	// typeText is a type in words; Link is the schema that it names.
	typeText struct{ Before, Link, Bounds string }
	// paragraph is a run of plain text and code, in turns.
	paragraph []span
	span      struct {
		Text string
		Code bool
	}
)

// reference gathers the page from the OpenAPI document.
func (a *API) reference() referencePage {
	document := a.huma.OpenAPI()
	page := referencePage{
		Title: a.o.Title, Version: a.o.Version,
		Description: paragraphs(a.o.Description),
		Style:       template.CSS(referenceStyle), //nolint:gosec // embedded
	}
	for _, op := range a.operations {
		i := slices.IndexFunc(page.Tags, func(t referenceTag) bool { return t.Name == op.Tag })
		if i < 0 {
			i = len(page.Tags)
			page.Tags = append(page.Tags, referenceTag{Name: op.Tag})
		}
		page.Tags[i].Operations = append(page.Tags[i].Operations, referenceOperationOf(op, declaredOperation(document, op)))
	}
	schemas := document.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		page.Schemas = append(page.Schemas, referenceSchemaOf(name, schemas[name]))
	}
	return page
}

// declaredOperation finds the operation as Huma has it.
func declaredOperation(document *huma.OpenAPI, op Operation) *huma.Operation {
	item := document.Paths[op.Path]
	switch op.Method {
	case http.MethodGet:
		return item.Get
	case http.MethodPost:
		return item.Post
	case http.MethodPut:
		return item.Put
	case http.MethodPatch:
		return item.Patch
	default:
		return item.Delete
	}
}

func referenceOperationOf(op Operation, declared *huma.Operation) referenceOperation {
	shown := referenceOperation{Operation: op, Text: paragraphs(op.Description)}
	for _, p := range declared.Parameters {
		shown.Parameters = append(shown.Parameters, referenceField{
			Name: p.Name, In: p.In, Type: typeOf(p.Schema), Required: p.Required, Text: p.Description,
		})
	}
	if declared.RequestBody != nil {
		shown.Body = contentType(declared.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(declared.Responses)) {
		code, err := strconv.Atoi(status)
		if err != nil {
			continue
		}
		shown.Answers = append(shown.Answers, referenceAnswer{
			Status: code, Meaning: http.StatusText(code), Type: contentType(declared.Responses[status].Content),
		})
	}
	return shown
}

// contentType is the type of a body, of which there is one at most.
func contentType(content map[string]*huma.MediaType) *typeText {
	for mediaType, media := range content {
		if mediaType == eventStream {
			return &typeText{Before: mediaType}
		}
		text := typeOf(media.Schema)
		return &text
	}
	return nil
}

func referenceSchemaOf(name string, s *huma.Schema) referenceSchema {
	shown := referenceSchema{Name: name, Text: paragraphs(s.Description)}
	for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[field]
		shown.Fields = append(shown.Fields, referenceField{
			Name: field, Type: typeOf(property), Required: slices.Contains(s.Required, field), Text: property.Description,
		})
	}
	return shown
}

// typeOf puts a schema into words.
func typeOf(s *huma.Schema) typeText {
	if s == nil {
		return typeText{Before: "any"}
	}
	if s.Ref != "" {
		return typeText{Link: s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]}
	}
	switch s.Type {
	case huma.TypeArray:
		of := typeOf(s.Items)
		return typeText{Before: "list of " + of.Before, Link: of.Link, Bounds: strings.Join(slices.DeleteFunc([]string{of.Bounds, bounds(s)}, isEmpty), "; ")}
	case huma.TypeObject:
		if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
			of := typeOf(values)
			return typeText{Before: "map to " + of.Before, Link: of.Link, Bounds: of.Bounds}
		}
		return typeText{Before: "object"}
	case "":
		return typeText{Before: "any"}
	default:
		text := s.Type
		if s.Format != "" && s.Type == huma.TypeString {
			text = s.Format
		}
		return typeText{Before: text, Bounds: bounds(s)}
	}
}

func isEmpty(text string) bool { return text == "" }

// bounds says what a value must keep to.
func bounds(s *huma.Schema) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if len(s.Enum) > 0 {
		var values []string
		for _, value := range s.Enum {
			values = append(values, fmt.Sprint(value))
		}
		add("one of %s", strings.Join(values, ", "))
	}
	if s.Minimum != nil {
		add("at least %v", *s.Minimum)
	}
	if s.Maximum != nil {
		add("at most %v", *s.Maximum)
	}
	if s.MinLength != nil {
		add("at least %d characters", *s.MinLength)
	}
	if s.MaxLength != nil {
		add("at most %d characters", *s.MaxLength)
	}
	if s.MaxItems != nil {
		add("at most %d items", *s.MaxItems)
	}
	if s.Pattern != "" {
		add("like %s", s.Pattern)
	}
	if s.Default != nil {
		add("%v if absent", s.Default)
	}
	return strings.Join(parts, ", ")
}

// paragraphs splits text at empty lines, and its `code` from the rest.
func paragraphs(text string) []paragraph {
	var list []paragraph
	for part := range strings.SplitSeq(text, "\n\n") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		var p paragraph
		code := false
		for run := range strings.SplitSeq(part, "`") {
			p = append(p, span{Text: run, Code: code})
			code = !code
		}
		list = append(list, p)
	}
	return list
}
