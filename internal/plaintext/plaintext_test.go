package plaintext_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/plaintext"
)

func TestProblem(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Nothing":       "",
		"Umlauts":       "Größe & Wert",
		"Emoji":         "Family \U0001F468\u200D\U0001F469\u200D\U0001F467, heart \u2764\uFE0F\u200D\U0001F525",
		"SkinTone":      "\U0001F9D1\U0001F3FD\u200D\U0001F680",
		"Persian":       "می\u200Cخواهم",
		"Hindi":         "क्\u200Dष",
		"Kanji":         "葛\U000E0100飾",
		"WideSpaces":    "a\u00A0b\u3000c",
		"RightToLeft":   "שלום",
		"AsManyAsGoes":  strings.Repeat("ä", 200),
		"AccentsBeside": "e\u0301",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, plaintext.Problem(text, 200))
			require.Equal(t, text, plaintext.Storable(text, 1000))
		})
	}
	const unseen = ", which is not seen or changes how others are shown"
	for _, tt := range []struct{ name, give, want string }{
		{"NotUTF8", "a\xff", "the text is not UTF-8"},
		{"TooLong", strings.Repeat("ä", 201), "the text has more than 200 characters"},
		{"NewLine", "gold\ncard", "character 5 is U+000A, a control character"},
		{"C1", "a\u0085", "character 2 is U+0085, a control character"},
		{"RightToLeftOverride", "größ\u202Eer", "character 5 is U+202E" + unseen},
		{"Isolate", "\u2066a", "character 1 is U+2066" + unseen},
		{"LeftToRightMark", "a\u200E", "character 2 is U+200E" + unseen},
		{"ZeroWidthSpace", "go\u200Bld", "character 3 is U+200B" + unseen},
		{"JoinerInLatin", "go\u200Dld", "character 3 is U+200D" + unseen},
		{"NonJoinerInCyrillic", "а\u200Cб", "character 2 is U+200C" + unseen},
		{"JoinersInARow", "\U0001F468\u200D\u200D", "character 3 is U+200D" + unseen},
		{"ByteOrderMark", "\uFEFFa", "character 1 is U+FEFF" + unseen},
		{"SoftHyphen", "a\u00ADb", "character 2 is U+00AD" + unseen},
		{"Tag", "a\U000E0041", "character 2 is U+E0041" + unseen},
		{"HangulFiller", "\u3164", "character 1 is U+3164" + unseen},
		{"GraphemeJoiner", "a\u034F", "character 2 is U+034F" + unseen},
		{"BrailleBlank", "\u2800", "character 1 is U+2800" + unseen},
		{"LineSeparator", "a\u2028b", "character 2 is U+2028" + unseen},
		{"VariationOfNothing", " \uFE0F", "character 2 is U+FE0F" + unseen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, plaintext.Problem(tt.give, 200))
		})
	}
}

func TestStorable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "first\nsecond    �", plaintext.Storable("first\nsecond\t\x00\u202E \xff", 1000))
	require.Equal(t, "ää", plaintext.Storable("äää", 5))
}

func FuzzStorableHasNoProblem(f *testing.F) {
	f.Add("go\u200Dld")
	f.Add("می\u200Cخ\u202E")
	f.Add(" \uFE0F\u200D")
	f.Fuzz(func(t *testing.T, text string) {
		stored := strings.ReplaceAll(plaintext.Storable(text, 100), "\n", " ")
		if why := plaintext.Problem(stored, 100); why != "" || len(stored) > 100 || !utf8.ValidString(stored) {
			t.Fatalf("%q: %s", stored, why)
		}
	})
}
