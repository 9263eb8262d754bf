package tenants_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/tenants"
)

func TestParseName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "cards", "card-dispute", "a1", "a-1", strings.Repeat("a", 63)} {
		parsed, err := tenants.ParseName(name)
		require.NoError(t, err, name)
		require.Equal(t, name, parsed)
	}
	for _, name := range []string{"", "1a", "-a", "a-", "a--b", "A", "a_b", "a b", "ä", "a\x00", "a\n", strings.Repeat("a", 64)} {
		_, err := tenants.ParseName(name)
		require.True(t, fault.Is(err, fault.Invalid), "%q: %v", name, err)
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("card-dispute")
	f.Add("a--b")
	grammar := regexp.MustCompile(`\A[a-z][a-z0-9]*(-[a-z0-9]+)*\z`)
	f.Fuzz(func(t *testing.T, text string) {
		_, err := tenants.ParseName(text)
		if want := grammar.MatchString(text) && len(text) <= 63; (err == nil) != want {
			t.Fatalf("%q: valid %v, error %v", text, want, err)
		}
	})
}

func TestCheckDisplayName(t *testing.T) {
	t.Parallel()
	require.NoError(t, tenants.CheckDisplayName("Harbor Bank – größer"))
	require.NoError(t, tenants.CheckDisplayName(""))
	require.EqualError(t, tenants.CheckDisplayName("Harbor \u202EknaB"), "character 8 is U+202E, which is not seen or changes how others are shown")
	require.EqualError(t, tenants.CheckDisplayName(strings.Repeat("ä", 201)), "the text has more than 200 characters")
}
