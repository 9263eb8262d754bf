package historypg

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/runtime/decision"
	"github.com/switchyard/switchyard/runtime/history"
)

// anyContact draws contacts as the recorder lets them through.
func anyContact(t *rapid.T) *history.Contact {
	text := func(name string) string {
		return rapid.OneOf(rapid.SampledFrom([]string{"", "web", "card", "a\nb", "[\"", `\"`, "ü€😀", "\u2028", "<&>"}),
			rapid.StringN(0, 20, -1).Filter(func(s string) bool { return !strings.ContainsRune(s, 0) })).Draw(t, name)
	}
	number := rapid.Float64().Filter(func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) })
	c := &history.Contact{
		Session: text("session"), Channel: text("channel"), Point: text("point"), Zone: text("zone"), Level: text("level"), Customer: text("customer"),
		Offer: text("offer"), Strategy: text("strategy"), Rule: text("rule"), Segment: text("segment"), Source: decision.Source(text("source")),
		Learning: text("learning"), Hash: text("hash"), Score: number.Draw(t, "score"), Propensity: number.Draw(t, "propensity"),
		Deployment: rapid.Int64().Draw(t, "deployment"),
		At:         time.UnixMicro(rapid.Int64Range(-62135596800_000_000, 253402300799_999_999).Draw(t, "at")).UTC(),
	}
	copy(c.Treatment[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "treatment"))
	if columns := rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "columns"); len(columns) > 0 {
		c.Columns = map[string]any{}
		for name, value := range columns {
			c.Columns[name] = value
		}
	}
	return c
}

func TestBlocksGiveBackTheirContacts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		contacts := rapid.SliceOfN(rapid.Custom(anyContact), 1, 8).Draw(t, "contacts")
		b, err := blockOf(contacts)
		require.NoError(t, err)
		require.Equal(t, len(contacts), b.contacts)
		require.Equal(t, len(contacts), strings.Count(b.lines, "\n"), "a line for each, after that of the texts")

		stored := &storedBlock{lines: b.lines}
		all, err := stored.all()
		require.NoError(t, err)
		require.Equal(t, contacts, all)
		for _, c := range contacts {
			found, err := stored.find(c.Treatment)
			require.NoError(t, err)
			require.NotNil(t, found)
			require.Equal(t, c.Treatment, found.Treatment)
		}
		other, err := stored.find(history.Treatment(uuid.New()))
		require.NoError(t, err)
		require.Nil(t, other)
	})
}

func TestBlocksHaveBounds(t *testing.T) {
	t.Parallel()
	divided := func(contacts int, column string) (sizes []int) {
		all := make([]*history.Contact, contacts)
		for i := range all {
			treatment, err := history.NewTreatment()
			require.NoError(t, err)
			all[i] = &history.Contact{Treatment: treatment, Offer: "card", At: time.Unix(int64(1000-i), 0), Columns: map[string]any{"note": column}}
		}
		blocks, err := blocksOf(all)
		require.NoError(t, err)
		at := 0
		for _, b := range blocks {
			require.Equal(t, all[at].Treatment, b.first)
			require.Equal(t, all[at+b.contacts-1].Treatment, b.last)
			require.Equal(t, all[at].At, b.at, "of the latest")
			require.LessOrEqual(t, len(b.lines), bytesOfBlock+history.MaxColumnBytes+1_000)
			at += b.contacts
			sizes = append(sizes, b.contacts)
		}
		return sizes
	}
	require.Equal(t, []int{mostOfBlock, mostOfBlock, 88}, divided(600, ""))
	require.Equal(t, []int{2, 2, 1}, divided(5, strings.Repeat("x", history.MaxColumnBytes)))
}

func TestMalformedBlocksAreErrors(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	whole := `["` + id.String() + `",0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,7,0,{}]`
	for _, line := range []string{whole, strings.ReplaceAll(whole, ",", ", ")} { // as the migration wrote it
		c, err := (&storedBlock{lines: "[\"\"]\n" + line}).find(history.Treatment(id))
		require.NoError(t, err)
		require.EqualValues(t, 7, c.Deployment)
	}
	for name, lines := range map[string]string{
		"no texts":             "\n" + whole,
		"a text that is not":   "[\"\"]\n" + strings.Replace(whole, ",0,", ",1,", 1),
		"a negative place":     "[\"\"]\n" + strings.Replace(whole, ",0,", ",-1,", 1),
		"too few fields":       "[\"\"]\n[\"" + id.String() + `",0,0]`,
		"a text for a number":  "[\"\"]\n" + strings.Replace(whole, ",7,", `,"7",`, 1),
		"an end in the middle": "[\"\"]\n" + whole[:60],
	} {
		_, err := (&storedBlock{lines: lines}).all()
		require.ErrorIs(t, err, errBlock, name)
	}
}
