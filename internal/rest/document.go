package rest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/switchyard/switchyard/internal/fault"
)

// maxForm bounds the form that is sent to a document, in bytes.
const maxForm = 8 << 10

// Document is a page for people, whole: it loads nothing.
type Document struct {
	Status int // 200 if zero
	// Style is the content of its one style element, without which it has none. It
	// has no script.
	Style string
	HTML  []byte
}

// DocumentRequest is what a document is asked for.
type DocumentRequest struct {
	params map[string]string
	// Form is what was posted, nil for a GET.
	Form url.Values
}

// Param implements Params.
func (r DocumentRequest) Param(name string) string { return r.params[name] }

// documentRoute is a route beside the operations.
type documentRoute struct {
	name, path string
	handle     fiber.Handler
}

// HandleDocument registers a page for people, beside the operations: it is asked for
// by GET, and by POST with a form. It is public: what it shows, its handler decides
// by what the form holds. Nothing else counts, a cookie least of all, so that no
// other site can ask in somebody's name.
func HandleDocument(a *API, name, path string, handler func(context.Context, DocumentRequest) (*Document, error)) {
	params := Operation{Path: path}.Params()
	a.documents = append(a.documents, documentRoute{
		name: name, path: pathParam.ReplaceAllString(path, ":$1"),
		handle: func(c *fiber.Ctx) error {
			r := DocumentRequest{params: map[string]string{}}
			for _, name := range params {
				r.params[name] = c.Params(name)
			}
			if c.Method() == http.MethodPost {
				form, err := formOf(c)
				if err != nil {
					return err
				}
				r.Form = form
			}
			d, err := handler(c.UserContext(), r)
			if err != nil {
				return err
			}
			writeDocument(c, d)
			return nil
		},
	})
}

func formOf(c *fiber.Ctx) (url.Values, error) {
	mediaType, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
	if strings.TrimSpace(mediaType) != fiber.MIMEApplicationForm {
		return nil, fault.New(fault.Invalid, "malformed-form", "expected a form, "+fiber.MIMEApplicationForm)
	}
	body := c.Request().Body()
	if len(body) > maxForm {
		return nil, fault.New(fault.TooLarge, "form-too-large", "the form has more than %d bytes", maxForm)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.New(fault.Invalid, "malformed-form", "the form is not a valid one")
	}
	for name, values := range form {
		if len(values) > 1 || !printable(name) || !printable(values[0]) {
			return nil, fault.New(fault.Invalid, "malformed-form", "the form has a field twice, or one that is not text")
		}
	}
	return form, nil
}

func writeDocument(c *fiber.Ctx, d *Document) {
	hash := sha256.Sum256([]byte(d.Style))
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "+
		"style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+"'")
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	status := d.Status
	if status == 0 {
		status = http.StatusOK
	}
	c.Status(status)
	c.Response().SetBodyRaw(d.HTML)
}

// mountDocuments adds the routes of documents.
func (a *API) mountDocuments() {
	for _, d := range a.documents {
		handle := a.public(d.name, d.handle)
		a.app.Get(d.path, handle)
		a.app.Post(d.path, handle)
	}
}
