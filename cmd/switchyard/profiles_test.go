package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
)

func TestProfiles(t *testing.T) {
	t.Parallel()
	const group = "/v1/tenants/harborbank/solutions/cards/server-groups/staging"
	inGroup := []string{"--group", "harborbank/cards/staging", "--level", "individual"}
	call := func(t *testing.T, answer func(*http.Request) any, args ...string) (exit int, out, problems string) {
		t.Helper()
		var o, p strings.Builder
		args = append(append(append([]string{"profiles"}, args...), inGroup...), plane(t, answer)...)
		return run(args, &o, &p), o.String(), p.String()
	}

	t.Run("LoadAListOfCustomers", func(t *testing.T) {
		t.Parallel()
		exit, out, problems := call(t, func(r *http.Request) any {
			require.Equal(t, group+"/customer-lists/individual/blocks:load", r.URL.Path)
			return client.LoadedProfiles{Loaded: 1}
		}, "load", written(t, "customerId,offer\n7,gold\n"), "--list", "blocks")
		require.Zero(t, exit, problems)
		require.Equal(t, "1 blocks of level individual are loaded into cards/staging\n", out)
	})

	t.Run("OfNoSuchListAreRefused", func(t *testing.T) {
		t.Parallel()
		exit, _, problems := call(t, nil, "load", written(t, "x\n"), "--list", "friends")
		require.Equal(t, exitUsage, exit)
		require.Contains(t, problems, `must be one of "profiles","overrides","blocks","defaults"`)
	})

	t.Run("ShowWhatIsKeptOfACustomer", func(t *testing.T) {
		t.Parallel()
		exit, out, problems := call(t, func(r *http.Request) any {
			if r.URL.Path == group+"/profiles/individual/7" {
				return client.Profile{Key: "7", Attributes: client.Properties{"age": 41}}
			}
			require.Equal(t, group+"/customer-lists/individual/7", r.URL.Path)
			return client.CustomerLists{Overrides: []client.CustomerOverride{}, Blocked: []string{"gold"}}
		}, "show", "7")
		require.Zero(t, exit, problems)
		require.JSONEq(t, `{"profile":{"key":"7","attributes":{"age":41}},"lists":{"overrides":[],"blocked":["gold"]}}`, out)
	})

	t.Run("AreForgotten", func(t *testing.T) {
		t.Parallel()
		var deleted []string
		exit, _, problems := call(t, func(r *http.Request) any {
			require.Equal(t, http.MethodDelete, r.Method)
			deleted = append(deleted, strings.TrimPrefix(r.URL.Path, group))
			return nil
		}, "forget", "7")
		require.Zero(t, exit, problems)
		require.Equal(t, []string{"/profiles/individual/7", "/customer-lists/individual/7"}, deleted)
	})
}
