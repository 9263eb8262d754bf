package rest_test

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/internal/rest"
)

func TestCursor(t *testing.T) {
	t.Run("ComesBackAsItWas", func(t *testing.T) {
		have, ok, err := rest.DecodeCursor[position]("things", rest.EncodeCursor("things", position{N: 7}))
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, position{N: 7}, have)
	})
	t.Run("IsAbsentOnTheFirstPage", func(t *testing.T) {
		_, ok, err := rest.DecodeCursor[position]("things", "")
		require.NoError(t, err)
		require.False(t, ok)
	})
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, give := range map[string]string{
		"OtherListing":  rest.EncodeCursor("others", position{N: 7}),
		"OtherPosition": rest.EncodeCursor("things", "text"),
		"Refused":       rest.EncodeCursor("things", position{N: -1}),
		"NotBase64":     "%%%",
		"Padded":        rest.EncodeCursor("things", position{N: 7}) + "==",
		"NotJSON":       encode("hello"),
		"UnknownField":  encode(`{"k":"things","p":{"n":1},"x":1}`),
		"UnknownInside": encode(`{"k":"things","p":{"n":1,"x":1}}`),
		"TwoValues":     encode(`{"k":"things","p":{"n":1}}{}`),
		"NUL":           encode(`{"k":"things","p":{"n":1,"s":"\u0000"}}`),
		"Deep":          encode(`{"k":"things","p":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}`),
	} {
		t.Run("Not"+name, func(t *testing.T) {
			_, _, err := rest.DecodeCursor[position]("things", give)
			require.True(t, fault.Is(err, fault.Invalid), err)
		})
	}
}

func FuzzDecodeCursor(f *testing.F) {
	f.Add(rest.EncodeCursor("things", position{N: 3}))
	f.Add("eyJrIjoi")
	f.Fuzz(func(t *testing.T, text string) {
		have, _, err := rest.DecodeCursor[position]("things", text)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		if err == nil && have.N < 0 {
			t.Fatalf("let through %v", have)
		}
	})
}
