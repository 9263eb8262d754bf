package demo

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/examples"
)

const productMapping = `
externalId: "row-{row}-{Product}"
mediaSource: test
solution:
  column: Product
  values: {Mortgage: mortgages, Card: cards}
process: {default: complaint}
mediaType: {default: email}
priority:
  column: Timely
  values: {"No": "70"}
properties: {product: Product}
`

func TestReadWork(t *testing.T) {
	t.Parallel()
	mapping, err := parseMapping([]byte(productMapping))
	require.NoError(t, err)

	t.Run("TurnsRowsIntoWork", func(t *testing.T) {
		t.Parallel()
		work, broken, err := readWork(strings.NewReader("\uFEFFProduct,Timely\nMortgage,Yes\nCard,No\n"), mapping, 0)
		require.NoError(t, err)
		require.Empty(t, broken)
		require.Equal(t, []Work{
			{Solution: "mortgages", Process: "complaint", MediaType: "email", Source: "test", ExternalID: "row-1-Mortgage", Properties: map[string]any{"product": "Mortgage"}},
			{Solution: "cards", Process: "complaint", MediaType: "email", Source: "test", ExternalID: "row-2-Card", Priority: 70, Properties: map[string]any{"product": "Card"}},
		}, work)
	})

	t.Run("ReportsBrokenRowsByLineAndGoesOn", func(t *testing.T) {
		t.Parallel()
		file := "Product,Timely\nMortgage,Yes\nCard\nBoat,No\nCard,\"a\nb\"\nCa\"rd,No\nCard,\xff\nCard,No\n"
		work, broken, err := readWork(strings.NewReader(file), mapping, 0)
		require.NoError(t, err)
		require.Len(t, work, 3)
		lines := make([]int, len(broken))
		for i, b := range broken {
			lines[i] = b.Line
			require.NotEmpty(t, b.Reason)
		}
		require.Equal(t, []int{3, 4, 7, 8}, lines)
	})

	t.Run("LosesOneLineToAQuoteThatIsNotClosed", func(t *testing.T) {
		t.Parallel()
		for _, later := range []string{"Card,No\n", "Card,\"No\"\n", "Card,\"a\nb\"\n"} {
			file := "Product,Timely\r\nMortgage,Yes\n\nCard,\"open\nCard,No\n" + later + "Mortgage,No"
			work, broken, err := readWork(strings.NewReader(file), mapping, 0)
			require.NoError(t, err)
			require.Len(t, work, 4, "%q", later)
			require.Len(t, broken, 1, "%q", later)
			require.Equal(t, 4, broken[0].Line)
		}
	})

	t.Run("StopsAtTheCount", func(t *testing.T) {
		t.Parallel()
		file := "Product,Timely\n" + strings.Repeat("Card,Yes\n", 10)
		work, _, err := readWork(strings.NewReader(file), mapping, 4)
		require.NoError(t, err)
		require.Len(t, work, 4)
	})

	t.Run("LeavesOutARowWithTheExternalIDOfAnother", func(t *testing.T) {
		t.Parallel()
		same, err := parseMapping([]byte(strings.Replace(productMapping, "row-{row}-{Product}", "{Timely}", 1)))
		require.NoError(t, err)
		work, broken, err := readWork(strings.NewReader("Product,Timely\nCard,a\nMortgage,a\nCard,b\nCard,a\n"), same, 0)
		require.NoError(t, err)
		require.Len(t, work, 3, "another solution has a server of its own")
		require.Equal(t, []BrokenRow{{Line: 5, Reason: `external id "a" is that of line 2`}}, broken)
	})

	t.Run("SaysWhatIsWrongWithTheWholeFile", func(t *testing.T) {
		t.Parallel()
		for file, want := range map[string]string{
			"Product;Timely\nCard;Yes\n":           "expected commas between the columns; there are semicolons",
			"Product\tTimely\nCard\tYes\n":         "there are tabs",
			"\xff\xfeP\x00r\x00o\x00,\x00\n":       "expected text in UTF-8",
			"Product,Timely,Product\nCard,Yes,B\n": `column "Product", which the mapping names, is there twice`,
			"Product,Timely\n":                     "no rows after the header",
			"Product,Timely\nBoat,Yes\nCard\n":     `none of 2 rows can be used; line 2: no solution for Product "Boat"`,
		} {
			name := filepath.Join(t.TempDir(), "rows.csv")
			require.NoError(t, os.WriteFile(name, []byte(file), 0o600))
			_, _, err := LoadWork(name, mapping, 0)
			require.ErrorContains(t, err, want, "%q", file)
		}
		work, _, err := readWork(strings.NewReader("Product,Timely,,\nCard,Yes,,\n"), mapping, 0)
		require.NoError(t, err)
		require.Len(t, work, 1, "columns that nobody asks for may be there twice")
		other, err := parseMapping([]byte(strings.Replace(productMapping, "{row}", "{Ticket}", 1)))
		require.NoError(t, err)
		_, _, err = readWork(strings.NewReader("Product,Timely\nCard,Yes\n"), other, 0)
		require.ErrorContains(t, err, `the mapping names column "Ticket"; the file has Product, Timely`)
	})

	t.Run("NamesAMissingColumn", func(t *testing.T) {
		t.Parallel()
		_, _, err := readWork(strings.NewReader("Thing\nx\n"), mapping, 0)
		require.ErrorContains(t, err, `column "Product"`)
		_, _, err = readWork(strings.NewReader(""), mapping, 0)
		require.ErrorContains(t, err, "header")
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tenant, err := fs.Sub(examples.Files, "harborbank")
	require.NoError(t, err)
	work, _, err := LoadExample(examples.Files, "harborbank", 0)
	require.NoError(t, err)
	require.NoError(t, Check(tenant, work))
	for want, change := range map[string]func(*Work){
		`solution "kards"; the tenant has cards, collections, mortgages`:      func(w *Work) { w.Solution = "kards" },
		`process "card-disput"; the tenant has account-service, card-dispute`: func(w *Work) { w.Process = "card-disput" },
		`mediaType "emial"; the tenant has callback, document, email`:         func(w *Work) { w.MediaType = "emial" },
	} {
		wrong := slices.Clone(work)
		change(&wrong[7])
		require.ErrorContains(t, Check(tenant, wrong), want)
	}
}

func TestParseMapping(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, give, want string }{
		{"Empty", "", "empty"},
		{"UnknownKey", "externalId: x\ncolour: red\n", "line 2: unknown key colour"},
		{"NoSolution", "externalId: x\nprocess: {default: a}\nmediaType: {default: b}\n", "solution"},
		{"NoExternalID", "solution: {default: a}\nprocess: {default: a}\nmediaType: {default: b}\n", "externalId"},
		{"NoTable", "externalId: x\npriority: 5\n", "line 2: `5`: expected {column, values, default}"},
		{"OtherFile", "Product,Timely", "line 1: expected the keys externalId, mediaSource"},
		{"AliasBomb", bomb(), "line 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseMapping([]byte(tt.give))
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// bomb is a YAML document whose aliases expand to a billion nodes.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 9; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	return b.String()
}
