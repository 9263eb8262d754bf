package rest

import (
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"sync"

	"github.com/gofiber/fiber/v2"
)

//go:embed reference.html
var referenceTemplate string

//go:embed reference.css
var referenceStyle string

// parsedReference is parsed when the page is first asked for: most servers are
// never asked.
var parsedReference = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("reference").Parse(referenceTemplate))
})

// mountReference adds the document and the page that shows it. They are public:
// they say what there is, not what is in it.
func (a *API) mountReference() {
	a.app.Get("/docs", a.public("docs", a.serveReference))
	a.app.Get("/openapi.yaml", a.public("openapi", func(c *fiber.Ctx) error {
		document, err := a.OpenAPI()
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "application/yaml")
		return c.Send(document)
	}))
	a.app.Get("/openapi.json", a.public("openapi", func(c *fiber.Ctx) error {
		document, err := json.Marshal(a.huma.OpenAPI())
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(document)
	}))
}

// public is a route beside the operations, limited by address.
func (a *API) public(name string, handle fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r := requestOf(c.UserContext())
		r.operation = name
		if wait, ok := a.rate.take(c.Context().RemoteIP().String()); !ok {
			c.Set(fiber.HeaderRetryAfter, retryAfter(wait))
			a.refuse(c, r, tooMany())
			return nil
		}
		if err := handle(c); err != nil {
			a.refuse(c, r, err)
		}
		return nil
	}
}

// serveReference shows the OpenAPI document as a page that loads nothing: no
// script at all, and the one style by its hash.
func (a *API) serveReference(c *fiber.Ctx) error {
	hash := sha256.Sum256([]byte(referenceStyle))
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "+
		"style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+"'")
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Status(http.StatusOK)
	return parsedReference().Execute(c, a.reference())
}
