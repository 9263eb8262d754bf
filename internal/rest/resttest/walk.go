package resttest

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/rest"
)

// Cases tell Walk how to call the operations.
type Cases struct {
	// BaseURL is where the API is served; Serve it if "".
	BaseURL string
	// Right returns a call of the operation that is right. It is called for each
	// operation twice: first as a model for calls that must change nothing, then
	// for the call that must succeed, in the order of registration. It may make
	// what the call needs, and must not rely on other operations' calls.
	Right func(t *testing.T, op rest.Operation) Request
	// OtherTenant is a token of another tenant, whose account may do everything
	// there; "" leaves those calls out.
	OtherTenant string
	// Missing are path parameters that name nothing, such as "nobody" for tenant.
	Missing map[string]string
	// OwnView are the ids of operations that answer every caller with what is its
	// own, so that another tenant's account succeeds: "who-am-i".
	OwnView []string
	// Forged are further tokens that must be refused, by what is wrong with them:
	// expired, of another audience, of another key. Malformed ones come by themselves.
	Forged map[string]string
}

// Walk calls every operation of the API without a token, with forged ones, with
// another tenant's, and then with the right one. Refusals are problems, equal for
// all forgeries; a foreign resource answers byte for byte like a missing one.
func Walk(t *testing.T, api *rest.API, cases Cases) {
	t.Helper()
	if cases.BaseURL == "" {
		cases.BaseURL = Serve(t, api)
	}
	forged := malformed()
	maps.Copy(forged, cases.Forged)
	for i, op := range api.Operations() {
		t.Run(op.ID, func(t *testing.T) {
			model := cases.Right(t, op)
			if op.Action != rest.Public {
				cases.refusesWithoutToken(t, op, model)
				cases.refusesForged(t, op, model, forged, stranger(t, i))
				cases.hidesFromOtherTenant(t, op, model)
			}
			t.Run("RightAccount", func(t *testing.T) { cases.succeeds(t, op) })
		})
	}
}

func (c Cases) refusesWithoutToken(t *testing.T, op rest.Operation, r Request) {
	t.Helper()
	t.Run("NoToken", func(t *testing.T) {
		r.Token = ""
		answer := Call(t, c.BaseURL, op, r)
		require.Equal(t, 401, answer.Status, answer.Body)
		requireProblem(t, answer)
		require.Equal(t, `Bearer realm="switchyard"`, answer.Header.Get("WWW-Authenticate"))
	})
}

// stranger calls from a loopback address of its own: an address that sends many
// forged tokens is slowed down.
func stranger(t *testing.T, i int) *http.Client {
	t.Helper()
	address := &net.TCPAddr{IP: net.IPv4(127, 1, byte(i/250), byte(1+i%250))}
	transport := &http.Transport{DialContext: (&net.Dialer{LocalAddr: address}).DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func (c Cases) refusesForged(t *testing.T, op rest.Operation, r Request, forged map[string]string, client *http.Client) {
	t.Helper()
	r.Client = client
	t.Run("Forged", func(t *testing.T) {
		var first string
		for _, name := range slices.Sorted(maps.Keys(forged)) {
			r.Token = forged[name]
			answer := Call(t, c.BaseURL, op, r)
			require.Equal(t, 401, answer.Status, "%s: %s", name, answer.Body)
			requireProblem(t, answer)
			if first == "" {
				first = answer.Body
			}
			require.Equal(t, first, answer.Body, "%s: a refusal must not tell what is wrong", name)
		}
	})
}

// hidesFromOtherTenant compares what is another tenant's with what is not there.
func (c Cases) hidesFromOtherTenant(t *testing.T, op rest.Operation, r Request) {
	t.Helper()
	if c.OtherTenant == "" || len(op.Params()) == 0 || slices.Contains(c.OwnView, op.ID) {
		return
	}
	t.Run("OtherTenant", func(t *testing.T) {
		r.Token = c.OtherTenant
		foreign := Call(t, c.BaseURL, op, r)
		require.Contains(t, []int{403, 404}, foreign.Status, foreign.Body)
		requireProblem(t, foreign)
		r.Params = maps.Clone(r.Params)
		for _, name := range op.Params() {
			if value, ok := c.Missing[name]; ok {
				r.Params[name] = value
			}
		}
		missing := Call(t, c.BaseURL, op, r)
		require.Equal(t, missing.Status, foreign.Status)
		require.Equal(t, missing.Body, foreign.Body, "a foreign resource must answer like a missing one")
	})
}

func (c Cases) succeeds(t *testing.T, op rest.Operation) {
	t.Helper()
	r := c.Right(t, op)
	answer := Call(t, c.BaseURL, op, r)
	if r.Status != 0 {
		require.Equal(t, r.Status, answer.Status, answer.Body)
		return
	}
	require.Less(t, answer.Status, 400, answer.Body)
}

func requireProblem(t *testing.T, answer Answer) {
	t.Helper()
	require.Equal(t, "application/problem+json", answer.Header.Get("Content-Type"), answer.Body)
	var p rest.Problem
	require.NoError(t, json.Unmarshal([]byte(answer.Body), &p))
	require.True(t, strings.HasPrefix(p.Type, rest.ProblemBase), p.Type)
	require.Equal(t, answer.Status, p.Status)
}

// malformed are tokens that are wrong by their form.
func malformed() map[string]string {
	segment := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	claims := segment(`{"iss":"switchyard","sub":"a","tenant":"t","aud":["control-plane"],"exp":99999999999}`)
	return map[string]string{
		"not a token":    "token",
		"algorithm none": segment(`{"alg":"none"}`) + "." + claims + ".",
		"HMAC":           segment(`{"alg":"HS256","kid":"1"}`) + "." + claims + "." + segment("signature"),
		"no signature":   segment(`{"alg":"EdDSA","kid":"1"}`) + "." + claims + ".",
		"many dots":      strings.Repeat(".", 4000),
		"API key":        "swk_" + strings.Repeat("0", 32) + "_" + strings.Repeat("0", 64),
		"broken API key": "swk_0",
	}
}
