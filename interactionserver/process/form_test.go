package process

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFormsAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		form     form
		alphabet string
		want     string
	}{
		{"StepName", stepName, "aZ9_-", `^[A-Za-z][A-Za-z0-9_-]{0,62}$`},
		{"VariableName", variableName, "aZ9_", `^[A-Za-z_][A-Za-z0-9_]{0,63}$`},
		{"HeaderName", headerName, "aZ9!~", "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"},
		{"Slug", slugForm, "az9-", `^[a-z](-?[a-z0-9]){0,62}$`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := regexp.MustCompile(test.want)
			held, failed := 0, 0
			check := func(t require.TestingT, text string) {
				require.Equal(t, want.MatchString(text), test.form.MatchString(text), "%q", text)
				if want.MatchString(text) {
					held++
				} else {
					failed++
				}
			}
			for length := range 130 {
				check(t, strings.Repeat("a", length))
				check(t, "a"+strings.Repeat("-a", length))
			}
			letters := rapid.SampledFrom([]rune(test.alphabet + "é \n"))
			common := rapid.SampledFrom([]rune(test.alphabet))
			rapid.Check(t, func(t *rapid.T) {
				letter := common
				if rapid.Bool().Draw(t, "any") {
					letter = letters
				}
				check(t, rapid.StringOfN(letter, 0, 130, -1).Draw(t, "text"))
			})
			require.Positive(t, held)
			require.Positive(t, failed)
		})
	}
}
