package rest

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// routes collects what Huma registers, so that Fiber, which takes the first route
// that matches, gets the most specific ones first.
type routes struct {
	fiber.Router // only Add is used
	list         []route
}

type route struct {
	method, path string
	handlers     []fiber.Handler
}

// Add is called by Huma's adapter with its {name} turned into :name.
func (r *routes) Add(method, path string, handlers ...fiber.Handler) fiber.Router {
	r.list = append(r.list, route{method: method, path: path, handlers: handlers})
	return r
}

// verb is the colon of a custom verb: the only one that does not begin a segment.
var verb = regexp.MustCompile(`([^/]):`)

// mount hands the routes to Fiber.
func (r *routes) mount(app *fiber.App) {
	slices.SortStableFunc(r.list, func(a, b route) int { return bySpecificity(a.path, b.path) })
	for _, route := range r.list {
		app.Add(route.method, verb.ReplaceAllString(route.path, `$1\:`), route.handlers...)
	}
}

// bySpecificity orders "/a/me" before "/a/:id:verb" before "/a/:id".
func bySpecificity(a, b string) int {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	for i := range min(len(as), len(bs)) {
		if c := cmp.Compare(openness(as[i]), openness(bs[i])); c != 0 {
			return c
		}
	}
	return 0
}

func openness(segment string) int {
	switch {
	case !strings.HasPrefix(segment, ":"):
		return 0
	case strings.Contains(segment[1:], ":"):
		return 1
	default:
		return 2
	}
}
