package businessprocess

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	guard := Guard{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	tests := []struct {
		give string
		want bool
	}{
		{"93.184.215.14", true},
		{"2606:2800:21f:cb07:6820:80da:af6b:8b2c", true},
		{"10.1.2.3", true},
		{"::ffff:10.1.2.3", true},
		{"10.2.0.1", false},
		{"127.0.0.1", false},
		{"::1", false},
		{"::ffff:127.0.0.1", false},
		{"0.0.0.0", false},
		{"::", false},
		{"169.254.169.254", false}, // metadata of clouds
		{"::ffff:169.254.169.254", false},
		{"fe80::1%eth0", false},
		{"fd00:ec2::254", false},
		{"192.168.1.1", false},
		{"172.16.0.1", false},
		{"100.100.100.200", false},
		{"224.0.0.1", false},
		{"ff02::1", false},
		{"255.255.255.255", false},
		{"64:ff9b::7f00:1", false},
		{"2002:7f00:1::", false},
		{"::7f00:1", false},
	}
	for _, test := range tests {
		require.Equal(t, test.want, guard.Permits(netip.MustParseAddr(test.give)), test.give)
	}
}

func TestCaller(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/json", http.StatusFound)
		case "/json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"number": 12345678901234567}`))
		case "/text":
			_, _ = w.Write([]byte("not\xffJSON"))
		case "/deep":
			_, _ = w.Write([]byte(strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999)))
		case "/large":
			_, _ = w.Write([]byte(strings.Repeat("x", maxAnswer+1)))
		case "/slow":
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	get := func(path string) process.Request {
		return process.Request{Method: http.MethodGet, Endpoint: server.URL + path, Timeout: process.Duration(200 * time.Millisecond)}
	}

	t.Run("FollowsNoRedirect", func(t *testing.T) {
		t.Parallel()
		response, err := NewCaller(loopback).Do(t.Context(), get("/redirect"))
		require.NoError(t, err)
		require.Equal(t, http.StatusFound, response.Status)
	})
	t.Run("KeepsLargeNumbersOfJSON", func(t *testing.T) {
		t.Parallel()
		response, err := NewCaller(loopback).Do(t.Context(), get("/json"))
		require.NoError(t, err)
		require.EqualValues(t, "12345678901234567", response.Body.(map[string]any)["number"])
	})
	t.Run("TakesWhatIsNotJSONAsText", func(t *testing.T) {
		t.Parallel()
		response, err := NewCaller(loopback).Do(t.Context(), get("/text"))
		require.NoError(t, err)
		require.Equal(t, "not\uFFFDJSON", response.Body)
	})
	t.Run("TakesWhatIsNestedTooDeepAsText", func(t *testing.T) {
		t.Parallel()
		response, err := NewCaller(loopback).Do(t.Context(), get("/deep"))
		require.NoError(t, err)
		require.IsType(t, "", response.Body)
	})
	t.Run("RefusesALargeAnswer", func(t *testing.T) {
		t.Parallel()
		_, err := NewCaller(loopback).Do(t.Context(), get("/large"))
		require.True(t, fault.Is(err, fault.Invalid), err)
	})
	t.Run("EndsInTime", func(t *testing.T) {
		t.Parallel()
		_, err := NewCaller(loopback).Do(t.Context(), get("/slow"))
		require.True(t, fault.Is(err, fault.Unavailable), err)
	})
	t.Run("RefusesPrivateAddressesAlsoByName", func(t *testing.T) {
		t.Parallel()
		for _, endpoint := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)} {
			_, err := NewCaller(Guard{}).Do(t.Context(), process.Request{Method: http.MethodGet, Endpoint: endpoint})
			refused, ok := fault.As(err)
			require.True(t, ok, err)
			require.Equal(t, fault.Invalid, refused.Kind)
			require.NotContains(t, refused.Message, "127.0.0.1")
		}
	})
	t.Run("RefusesEndpointsThatAreNotHTTP", func(t *testing.T) {
		t.Parallel()
		for _, endpoint := range []string{"", "/path", "ftp://example.com", "file:///etc/passwd", "http://user:secret@example.com", "http://"} {
			_, err := NewCaller(loopback).Do(t.Context(), process.Request{Method: http.MethodGet, Endpoint: endpoint})
			require.True(t, fault.Is(err, fault.Invalid), endpoint)
		}
	})
}
