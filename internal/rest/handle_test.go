package rest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSmoke(t *testing.T) {
	b := setup(t)
	for _, c := range [][4]string{
		{"GET", "/v1/things/one", "acme/ann", ""},
		{"GET", "/v1/things/one", "", ""},
		{"GET", "/v1/things/foreign", "acme/ann", ""},
		{"GET", "/v1/things/missing", "acme/ann", ""},
		{"POST", "/v1/things", "acme/ann", `{"name":"x","bogus":1}`},
		{"POST", "/v1/things", "acme/ann", "{\n\"name\":}"},
		{"POST", "/v1/things", "acme/ann", `{"name":"x","size":1e3}`},
		{"POST", "/v1/things", "acme/ann", `{"name":"x","size":"a","tags":[1,2]}`},
		{"POST", "/v1/things", "acme/ann", `{"name":"panic"}`},
		{"POST", "/v1/things", "acme/ann", ``},
		{"POST", "/v1/things/raw:break", "acme/admin", ""},
		{"POST", "/v1/things/slow:break", "acme/admin", ""},
		{"POST", "/v1/things/away:break", "acme/admin", ""},
		{"POST", "/v1/things/document:break", "acme/admin", ""},
		{"POST", "/v1/things/document:brake", "acme/admin", ""},
		{"POST", "/v1/things/a:break", "acme/ann", ""},
		{"PUT", "/v1/things/one", "acme/ann", `{"size":1}`},
		{"GET", "/v1/things?limit=2", "acme/ann", ""},
		{"GET", "/v1/things?limit=0&x=1", "acme/ann", ""},
		{"GET", "/v1/things?cursor=abc", "acme/ann", ""},
		{"GET", "/nope", "", ""},
		{"DELETE", "/v1/things", "", ""},
		{"BREW", "/v1/things", "", ""},
		{"GET", "/v1/things/finite/events", "acme/ann", ""},
		{"GET", "/v1/things/gone/events", "acme/ann", ""},
		{"GET", "/v1/ping", "", ""},
	} {
		status, header, body := b.call(t, c[0], c[1], c[2], c[3])
		t.Log(c, status, header, body)
	}
	y, err := b.api.OpenAPI()
	require.NoError(t, err)
	t.Log(string(y))
	t.Log(b.logs.String())
}
