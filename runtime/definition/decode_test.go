package definition_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/internal/duration"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

func TestDecodeSaysWhereAndWhat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind definition.Kind
		give string
		want []string
	}{
		{"UnknownKey", "strategy", `{"rules":[{"name":"a","ofer":{"deep":[1,{"x":"}"}]},"offer":"x"}]}`, []string{"rules[0].ofer: unknown key; the keys here are computed, disabled"}},
		{"OtherCase", "zone", `{"Learning":"off"}`, []string{"Learning: unknown key; the keys here are learning"}},
		{"KeyTwice", "zone", `{"learning":"a","learning":"b"}`, []string{"learning: the key is there twice"}},
		{"MapKeyTwice", "offer", `{"attributes":{"a":1,"a":2}}`, []string{"attributes.a: the key is there twice"}},
		{"Text", "zone", `{"learning":5}`, []string{"learning: expected a text"}},
		{"Null", "zone", `{"learning":null}`, []string{"learning: null is no value here"}},
		{"Boolean", "offer", `{"retired":"yes"}`, []string{"retired: expected true or false"}},
		{"Fraction", "channel", `{"presentationsPerVisit":1.5}`, []string{"presentationsPerVisit: expected a whole number"}},
		{"TooLarge", "strategy", `{"rules":[{"score":1e400}]}`, []string{"rules[0].score: the number is too large"}},
		{"TooLargeInAny", "offer", `{"attributes":{"a":-1e400}}`, []string{"attributes.a: the number -1e400 is too large"}},
		{"Number", "strategy", `{"rules":[{"score":"5"}]}`, []string{"rules[0].score: expected a number"}},
		{"List", "strategy", `{"rules":{}}`, []string{"rules: expected a list"}},
		{"Object", "strategy", `{"rules":["x"]}`, []string{"rules[0]: expected an object"}},
		{"Map", "offer", `{"attributes":[]}`, []string{"attributes: expected an object"}},
		{"DeepValue", "offer", `{"attributes":{"a":{"b":1},"c":[1]}}`, []string{"attributes.a: expected a text, a number, true, false or a list of texts", "attributes.c[0]: expected a text"}},
		{"Time", "offer", `{"effective":"tomorrow","expires":5}`, []string{"effective: expected a time such as 2026-03-02T12:00:00Z", "expires: expected a time"}},
		{"Year", "offer", `{"effective":"0000-01-01T00:00:00Z"}`, []string{"effective: the year is 0, expected one from 1 to 9999"}},
		{"Duration", "offer", `{"suppress":{"for":"1 day"}}`, []string{`suppress.for: "1 day" is not an ISO 8601 duration`}},
		{"Root", "zone", `[]`, []string{": expected an object"}},
		{"Unfinished", "zone", `{"learning":`, []string{": this is not valid JSON: unexpected end of JSON input"}},
		{"TwoValues", "zone", `{} {}`, []string{": this is not valid JSON"}},
		{"NotUTF8", "zone", "{\"learning\":\"\xff\"}", []string{": this is not valid UTF-8"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := definition.Decode(test.kind, []byte(test.give))
			requirePlaces(t, placesOf(t, err), test.want)
		})
	}
}

func placesOf(t *testing.T, err error) []fault.Place {
	t.Helper()
	f, ok := fault.As(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Invalid, f.Kind)
	require.Equal(t, "malformed-definition", f.Type)
	return f.Places
}

func TestDecodeNamesTheLineOfBrokenJSON(t *testing.T) {
	t.Parallel()
	_, err := definition.Decode(definition.KindZone, []byte("{\n\"learning\":\n}"))
	require.Equal(t, 3, placesOf(t, err)[0].Line)
}

func TestDecodeBoundsTheDocument(t *testing.T) {
	t.Parallel()
	_, err := definition.Decode(definition.KindZone, make([]byte, definition.MaxBytes+1))
	require.ErrorContains(t, err, "the document has 1048577 bytes, at most 1048576 are allowed")
}

func TestCanonicalForm(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, kind, give, want string }{
		{"KeysAreSorted", "interaction-point", `{ "zone" : "z", "default" : "d" }`, `{"default":"d","zone":"z"}`},
		{"EmptyIsLeftOut", "offer", `{"description":"","retired":false,"computed":{},"suppress":null}`, `{}`},
		{"NeededListsStay", "strategy", `{}`, `{"rules":[]}`},
		{"TimesAreUTC", "offer", `{"effective":"2026-03-02T12:00:00.500+02:00"}`, `{"effective":"2026-03-02T10:00:00.5Z"}`},
		{"DurationsAreShort", "offer", `{"suppress":{"for":"P1DT60M"}}`, `{"suppress":{"for":"PT25H"}}`},
		{"WholeNumbersAreExact", "offer", `{"attributes":{"a":9223372036854775807,"b":9007199254740993,"c":-0}}`, `{"attributes":{"a":9223372036854775807,"b":9007199254740993,"c":0}}`},
		{"NumbersAsECMAScript", "offer", `{"attributes":{"a":1.0,"b":1e21,"c":0.0000001,"d":1E2,"e":-0.0,"f":123456789012345678901}}`,
			`{"attributes":{"a":1,"b":1e+21,"c":1e-7,"d":100,"e":0,"f":123456789012345680000}}`},
		{"TextsHaveFewEscapes", "offer", `{"description":"<a> & \u00e9\/\u2028\"\\\t\u0001\b\f\r\n"}`, `{"description":"<a> & é/` + "\u2028" + `\"\\\t\u0001\b\f\r\n"}`},
		{"ZeroScoreStays", "strategy", `{"rules":[{"name":"a","offer":"b","score":0,"learning":false}]}`, `{"rules":[{"learning":false,"name":"a","offer":"b","score":0}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := definition.Decode(definition.Kind(test.kind), []byte(test.give))
			require.NoError(t, err)
			got, err := definition.Encode(d)
			require.NoError(t, err)
			require.Equal(t, test.want, string(got))
		})
	}
}

func TestEncodeRefusesWhatHasNoForm(t *testing.T) {
	t.Parallel()
	for _, value := range []any{math.NaN(), math.Inf(1), func() {}, time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		_, err := definition.Encode(definition.Offer{Attributes: map[string]any{"a": value}})
		require.ErrorContains(t, err, "encode definition: attributes: ")
	}
}

func TestCanonicalFormIsThatOfTheGoldenFiles(t *testing.T) {
	t.Parallel()
	for _, kind := range definition.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			golden, err := os.ReadFile("testdata/" + string(kind) + ".json")
			require.NoError(t, err)
			d, err := definition.Decode(kind, golden)
			require.NoError(t, err)
			require.Equal(t, kind, d.Kind())
			require.Empty(t, d.Check())
			got, err := definition.Encode(d)
			require.NoError(t, err)
			require.Equal(t, string(golden), string(got)+"\n")
		})
	}
}

func TestEncodeDecodeKeepsEveryDocument(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(definition.Kinds).Draw(t, "kind")
		empty, err := definition.Decode(kind, []byte(`{}`))
		require.NoError(t, err)
		d := reflect.New(reflect.TypeOf(empty)).Elem()
		fill(t, d)
		first, err := definition.Encode(d.Interface())
		require.NoError(t, err)
		again, err := definition.Decode(kind, first)
		require.NoError(t, err, "%s", first)
		second, err := definition.Encode(again)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))

		indented := reindent(t, first)
		third, err := definition.Decode(kind, indented)
		require.NoError(t, err)
		require.Equal(t, again, third, "space and the order of keys do not count")
		_ = definition.References("web", again)
		_ = definition.Expressions(again)
		_ = again.Check()
	})
}

// reindent writes JSON with space and its keys the other way around.
func reindent(t *rapid.T, data []byte) []byte {
	var write func(v any) string
	text := func(v any) string {
		out, err := json.Marshal(v)
		require.NoError(t, err)
		return string(out)
	}
	write = func(v any) string {
		switch v := v.(type) {
		case map[string]any:
			out := "{ "
			keys := slices.Sorted(maps.Keys(v))
			slices.Reverse(keys)
			for i, key := range keys {
				if i > 0 {
					out += " ,\n"
				}
				out += text(key) + "\t: " + write(v[key])
			}
			return out + " }"
		case []any:
			out := "[ "
			for i, e := range v {
				if i > 0 {
					out += " , "
				}
				out += write(e)
			}
			return out + "]"
		default:
			return text(v)
		}
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	return []byte(write(value))
}

// fill gives a value random content.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		at := time.Unix(rapid.Int64Range(-1e10, 2e11).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos"))
		v.Set(reflect.ValueOf(at.In(time.FixedZone("", rapid.IntRange(-12, 12).Draw(t, "zone")*3600))))
		return
	case reflect.TypeFor[duration.Duration]():
		v.SetInt(rapid.Int64Range(0, int64(duration.Max)).Draw(t, "duration"))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int:
		v.SetInt(int64(rapid.Int().Draw(t, "int")))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "float"))
	case reflect.Interface:
		v.Set(reflect.ValueOf(anyValue(t)))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for _, key := range rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, "keys") {
			element := reflect.New(v.Type().Elem()).Elem()
			fill(t, element)
			v.SetMapIndex(reflect.ValueOf(key), element)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("no random %s", v.Type())
	}
}

func anyValue(t *rapid.T) any {
	return rapid.OneOf(
		rapid.Just[any]("text"), rapid.Just[any](true),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(n float64) any { return n }),
		rapid.Map(rapid.SliceOfN(rapid.String(), 0, 3), func(texts []string) any { return texts }),
	).Draw(t, "value")
}

func FuzzDecode(f *testing.F) {
	for _, kind := range definition.Kinds {
		golden, err := os.ReadFile("testdata/" + string(kind) + ".json")
		require.NoError(f, err)
		f.Add(string(kind), golden)
	}
	f.Add("offer", []byte(`{"attributes":{"a":1e400,"b":"\ud800"}}`))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		if !slices.Contains(definition.Kinds, definition.Kind(kind)) {
			return
		}
		d, err := definition.Decode(definition.Kind(kind), data)
		if err != nil {
			require.NotEmpty(t, placesOf(t, err))
			return
		}
		first, err := definition.Encode(d)
		require.NoError(t, err)
		again, err := definition.Decode(definition.Kind(kind), first)
		require.NoError(t, err)
		second, err := definition.Encode(again)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
		require.LessOrEqual(t, len(d.Check()), definition.MaxProblems)
	})
}
