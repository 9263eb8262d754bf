package demo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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

	t.Run("NamesAMissingColumn", func(t *testing.T) {
		t.Parallel()
		_, _, err := readWork(strings.NewReader("Thing\nx\n"), mapping, 0)
		require.ErrorContains(t, err, `column "Product"`)
		_, _, err = readWork(strings.NewReader(""), mapping, 0)
		require.ErrorContains(t, err, "header")
	})
}

func TestParseMapping(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, give, want string }{
		{"Empty", "", "empty"},
		{"UnknownKey", "externalId: x\ncolour: red\n", "line 2: unknown key colour"},
		{"NoSolution", "externalId: x\nprocess: {default: a}\nmediaType: {default: b}\n", "solution"},
		{"NoExternalID", "solution: {default: a}\nprocess: {default: a}\nmediaType: {default: b}\n", "externalId"},
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
