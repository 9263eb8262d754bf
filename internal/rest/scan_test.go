package rest

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/fault"
)

var discardLogger = slog.New(slog.DiscardHandler)

func TestScan(t *testing.T) {
	valid := []string{
		`{}`, `[]`, `0`, `-0.5e+10`, `""`, `"\u00e9\ud83d\ude00\n\/"`, ` { "a" : [ 1 , true , null , {"b":false} ] } `,
		`{"a":1,"A":2}`, strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
		manyFields(100),
	}
	for _, give := range valid {
		require.NoError(t, scan([]byte(give), defaultBodyValues), give)
	}
	invalid := []string{
		``, ` `, `{`, `}`, `[1,]`, `{"a":1,}`, `{"a"}`, `{a:1}`, `01`, `-`, `1.`, `.5`, `1e`, `+1`, `NaN`, `tru`, `"`, `"\x"`, `"\u12"`,
		"\"\n\"", `"a" "b"`, `{"a":1 "b":2}`, `[1 2]`, `{"a":1,"\u0061":2}`, `{} {}`, "\xef\xbb\xbf{}", `{"a":"\u0000"}`,
		strings.TrimSuffix(manyFields(100), "}") + `,"f3":0}`,
	}
	for _, give := range invalid {
		require.True(t, fault.Is(scan([]byte(give), defaultBodyValues), fault.Invalid), give)
	}
	require.True(t, fault.Is(scan([]byte(strings.Repeat("[", 1<<20)), defaultBodyValues), fault.TooLarge))
}

func manyFields(n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = `"f` + string(rune('0'+i%10)) + strings.Repeat("x", i/10) + `":0`
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// FuzzScan: what the scanner lets through, the standard library reads.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,"x\u00e9"],"b":{}}`, `[`, `"\`, `{"a":1,"a":2}`, "\xff", `-`, `{"":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := scan(body, defaultBodyValues)
		if err == nil && !json.Valid(body) {
			t.Fatalf("let through %q", body)
		}
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Fatalf("%q: %v", body, err)
		}
	})
}

func BenchmarkScan(b *testing.B) {
	body := []byte(`{"externalId":"complaint-1","mediaType":"email","process":"card-dispute","priority":5,"properties":{"product":"Credit card","issue":"Billing dispute","narrative":"` + strings.Repeat("I was charged twice. ", 20) + `"}}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if scan(body, defaultBodyValues) != nil {
			b.Fatal("refused")
		}
	}
}
