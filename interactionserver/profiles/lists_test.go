package profiles_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/interactionserver/profiles"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/customer"
	"github.com/switchyard/switchyard/runtime/definition"
)

func TestListReader(t *testing.T) {
	t.Parallel()
	account := definition.AudienceLevel{Key: []definition.Attribute{{Name: "branch", Type: definition.Whole}, {Name: "number", Type: definition.Text}}}
	read := func(t *testing.T, text string, list customer.List) (entries []customer.Entry, lines []int, r *profiles.ListReader) {
		t.Helper()
		r, err := profiles.NewListReader(text, account, list)
		require.NoError(t, err)
		for {
			e, line, ok := r.Next()
			if !ok {
				return entries, lines, r
			}
			entries, lines = append(entries, e), append(lines, line)
		}
	}

	t.Run("ReadsOverridesAndTellsBrokenRows", func(t *testing.T) {
		t.Parallel()
		entries, lines, r := read(t, "branch,number,offer,score,adds,final,zone,segment,when,note\n"+
			"7,A1,card,80,,,,,,\n"+
			"7,A1,loan,-5.5,true,true,top,gold,\"profile.age > 20\n&& true\",x\n"+
			"7,A1,,80,,,,,,\n"+
			"7,A1,card,much,,,,,,\n"+
			"7,A1,card,,,,,,,\n"+
			"x,A1,card,1,,,,,,\n"+
			"7,,card,1,,,,,,\n"+
			"7,A1,card,1,,,,,"+strings.Repeat("w", 4097)+",\n"+
			"7,A1,card\n"+
			"8,B2,card,1,maybe,,,,,\n", customer.OverrideList)
		require.Equal(t, []customer.Entry{
			{Customer: `["7","A1"]`, Override: customer.Override{Offer: "card", Score: 80}},
			{Customer: `["7","A1"]`, Override: customer.Override{Offer: "loan", Score: -5.5, Adds: true, Final: true, Zone: "top", Segment: "gold",
				When: "profile.age > 20\n&& true"}},
		}, entries)
		require.Equal(t, []int{2, 3}, lines)
		require.Equal(t, []string{"note"}, r.Unknown())
		r.Refuse(3, "too many")
		broken := map[int]string{}
		for _, p := range r.Problems().First {
			broken[p.Line] = p.Message
		}
		require.Equal(t, 9, r.Problems().Count)
		require.Equal(t, map[int]string{3: "too many", 5: "offer: expected the code of an offer", 6: `score: expected a number, not "much"`,
			7: "score: expected a number", 8: `branch: expected a whole number, not "x"`, 9: "the key number has no value",
			10: "when has 4097 bytes, at most 4096 are allowed", 11: "the row has 3 fields, expected 10 as in the header",
			12: `adds: expected true or false, not "maybe"`}, broken)
	})
	t.Run("ReadsBlocksAndDefaults", func(t *testing.T) {
		t.Parallel()
		entries, _, _ := read(t, "offer,number,branch\ncard,A1,7\n", customer.BlockList)
		require.Equal(t, []customer.Entry{{Customer: `["7","A1"]`, Override: customer.Override{Offer: "card"}}}, entries)
		entries, _, _ = read(t, "offer,score\ncard,3\n", customer.DefaultList)
		require.Equal(t, []customer.Entry{{Override: customer.Override{Offer: "card", Score: 3}}}, entries)
	})
	t.Run("RefusesHeadersWithoutTheKey", func(t *testing.T) {
		t.Parallel()
		for text, list := range map[string]customer.List{"branch,offer,score\n": customer.OverrideList, "score\n": customer.DefaultList, "": customer.BlockList} {
			_, err := profiles.NewListReader(text, account, list)
			require.True(t, fault.Is(err, fault.Invalid), text)
		}
		odd := definition.AudienceLevel{Key: []definition.Attribute{{Name: "offer", Type: definition.Text}}}
		_, err := profiles.NewListReader("offer\nx\n", odd, customer.BlockList)
		require.ErrorContains(t, err, "has an attribute offer")
	})
}
