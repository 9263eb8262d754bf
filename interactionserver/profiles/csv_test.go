package profiles_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
)

var individual = definition.AudienceLevel{
	Key: []definition.Attribute{{Name: "customerId", Type: definition.Text}},
	Profile: []definition.Attribute{
		{Name: "age", Type: definition.Whole}, {Name: "balance", Type: definition.Number}, {Name: "student", Type: definition.Boolean},
		{Name: "since", Type: definition.Timestamp}, {Name: "products", Type: definition.Texts}, {Name: "city", Type: definition.Text},
	},
}

func read(t *testing.T, text string) ([]profiles.Profile, *profiles.Reader) {
	t.Helper()
	reader, err := profiles.NewReader(text, individual)
	require.NoError(t, err)
	var all []profiles.Profile
	for p, ok := reader.Next(); ok; p, ok = reader.Next() {
		all = append(all, p)
	}
	return all, reader
}

func TestReader(t *testing.T) {
	t.Parallel()

	t.Run("ReadsValuesOfEachType", func(t *testing.T) {
		t.Parallel()
		all, reader := read(t, "\uFEFFcustomerId,age,balance,student,since,products,city\r\n"+
			`c-1,41,-2.5e3,true,2020-02-29T12:00:00+01:00,card; loan,"Bern, old town"`+"\r\n"+
			`c-2,,,,,"[""a;b"",""c""]",`+"\r\n")
		require.Zero(t, reader.Problems())
		require.Empty(t, reader.Unknown())
		require.Equal(t, []profiles.Profile{
			{Key: "c-1", Attributes: map[string]any{
				"customerId": "c-1", "age": int64(41), "balance": -2500.0, "student": true,
				"since": time.Date(2020, 2, 29, 11, 0, 0, 0, time.UTC), "products": []string{"card", "loan"}, "city": "Bern, old town",
			}},
			{Key: "c-2", Attributes: map[string]any{"customerId": "c-2", "products": []string{"a;b", "c"}}},
		}, all)
	})

	t.Run("TellsBrokenRowsByLineAndGoesOn", func(t *testing.T) {
		t.Parallel()
		all, reader := read(t, strings.Join([]string{
			"customerId,age,shoe size,student", // 1
			"c-1,41,9,true",                    // 2
			"c-2,young,9,true",                 // 3
			`c-3,1,"two`,                       // 4 and 5
			`lines",false`,
			"c-4,2",       // 6
			",3,9,true",   // 7
			"c-5,4.5,9,",  // 8
			`c-6,5,a"b,x`, // 9
			"c-7,6,9,yes", // 10
			"c-8,7,9,",    // 11
		}, "\n"))
		keys := []string{}
		for _, p := range all {
			keys = append(keys, p.Key)
		}
		require.Equal(t, []string{"c-1", "c-3", "c-8"}, keys)
		require.Equal(t, []string{"shoe size"}, reader.Unknown())
		require.Equal(t, profiles.Problems{Count: 6, First: []profiles.Problem{
			{Line: 3, Message: `age: expected a whole number, not "young"`},
			{Line: 6, Message: "the row has 2 fields, expected 4 as in the header"},
			{Line: 7, Message: "the key customerId has no value"},
			{Line: 8, Message: `age: expected a whole number, not "4.5"`},
			{Line: 9, Message: `bare " in non-quoted-field`},
			{Line: 10, Message: `student: expected true or false, not "yes"`},
		}}, reader.Problems())
	})

	t.Run("TellsTheFirstHundredAndCountsTheRest", func(t *testing.T) {
		t.Parallel()
		_, reader := read(t, "customerId,age\n"+strings.Repeat("c,x\n", 250))
		require.Equal(t, 250, reader.Problems().Count)
		require.Len(t, reader.Problems().First, profiles.MaxProblems)
		require.Equal(t, 101, reader.Problems().First[99].Line)
	})

	t.Run("RefusesWhatIsNoTable", func(t *testing.T) {
		t.Parallel()
		for text, want := range map[string]string{
			"":                                       "expected a header",
			"age\n1\n":                               "the column customerId is missing",
			"customerId,age,age\n":                   `the column "age" is there twice`,
			"customerId\n\xff\n":                     "expected UTF-8",
			"customerId\na\x00b\n":                   "without the character NUL",
			"customerId" + strings.Repeat(",x", 1e3): "1001 columns, at most 1000",
			strings.Repeat("x", profiles.MaxCSV+1):   "at most 2097152 are allowed",
		} {
			_, err := profiles.NewReader(text, individual)
			f, ok := fault.As(err)
			require.True(t, ok, "%.30q: %v", text, err)
			require.Equal(t, fault.Invalid, f.Kind)
			require.Contains(t, f.Places[0].Message, want)
		}
	})

	t.Run("RefusesRowsThatCannotBeStored", func(t *testing.T) {
		t.Parallel()
		_, reader := read(t, "customerId,products,city\nc-1,\"[\"\"\\u0000\"\"]\",\nc-2,,"+strings.Repeat("x", 300<<10)+"\n"+strings.Repeat("k", 600)+",,\n")
		require.Equal(t, 3, reader.Problems().Count)
		require.Contains(t, reader.Problems().First[0].Message, "expected a list of texts")
		require.Contains(t, reader.Problems().First[1].Message, "the row has 307203 bytes")
		require.Contains(t, reader.Problems().First[2].Message, "the key has 600 bytes")
	})
}

func TestKeyOf(t *testing.T) {
	t.Parallel()
	household := definition.AudienceLevel{Key: []definition.Attribute{{Name: "bank", Type: definition.Whole}, {Name: "id", Type: definition.Text}}}
	key := func(bank int64, id string) string {
		text, err := profiles.KeyOf(household, map[string]any{"bank": bank, "id": id})
		require.NoError(t, err)
		return text
	}
	require.Equal(t, `["7","a"]`, key(7, "a"))
	require.NotEqual(t, key(1, `2","3`), key(12, `3`), "no two keys have the same form")
	_, err := profiles.KeyOf(household, map[string]any{"bank": int64(7)})
	require.ErrorContains(t, err, "the key id has no value")
}

func TestConform(t *testing.T) {
	t.Parallel()
	p, err := profiles.Conform(individual, profiles.Profile{Key: "c-1", Attributes: map[string]any{
		"customerId": "c-1", "age": 41.0, "products": []any{"card"}, "gone": true,
	}})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"customerId": "c-1", "age": int64(41), "products": []string{"card"}}, p.Attributes)
	_, err = profiles.Conform(individual, profiles.Profile{Key: "c-1", Attributes: map[string]any{"customerId": "c-1", "age": "x"}})
	require.ErrorContains(t, err, "age: expected a whole number")
	_, err = profiles.Conform(individual, profiles.Profile{Key: "old", Attributes: map[string]any{"customerId": "c-1"}})
	require.ErrorContains(t, err, "the key of the level has changed")
}

func TestBatches(t *testing.T) {
	t.Parallel()

	t.Run("KeepRowsWholeAndKnowTheirLines", func(t *testing.T) {
		t.Parallel()
		var text strings.Builder
		text.WriteString("customerId,city\n")
		var lines []int
		line := 2
		for i := range 30_000 {
			lines = append(lines, line)
			fmt.Fprintf(&text, "c-%d,\"%s\nsecond line\"\n", i, strings.Repeat("x", 60+i%7))
			line += 2
		}
		batches, err := profiles.NewBatches(strings.NewReader(text.String()))
		require.NoError(t, err)
		count, seen := 0, 0
		for {
			batch, err := batches.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			require.Less(t, len(batch.Text), profiles.MaxCSV)
			count++
			all, reader := read(t, batch.Text)
			require.Zero(t, reader.Problems())
			require.Equal(t, lines[seen], batch.Line(2))
			require.Equal(t, lines[seen]+2, batch.Line(4))
			for _, p := range all {
				require.Equal(t, fmt.Sprintf("c-%d", seen), p.Key)
				seen++
			}
		}
		require.Equal(t, 30_000, seen)
		require.Equal(t, 3, count)
	})

	t.Run("RefuseARowThatDoesNotEnd", func(t *testing.T) {
		t.Parallel()
		batches, err := profiles.NewBatches(strings.NewReader("customerId\n\"" + strings.Repeat("x\n", 1<<20)))
		require.NoError(t, err)
		_, err = batches.Next()
		require.ErrorContains(t, err, "is a quote missing?")
	})

	t.Run("RefuseAnEmptyFile", func(t *testing.T) {
		t.Parallel()
		_, err := profiles.NewBatches(strings.NewReader(""))
		require.True(t, fault.Is(err, fault.Invalid))
	})
}
