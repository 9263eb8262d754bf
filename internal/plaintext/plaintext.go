package plaintext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem says what is wrong with a line of text of at most limit characters; it is
// empty where nothing is. The text may be empty.
func Problem(text string, limit int) string {
	switch {
	case !utf8.ValidString(text):
		return "the text is not UTF-8"
	case utf8.RuneCountInString(text) > limit:
		return fmt.Sprintf("the text has more than %d characters", limit)
	}
	before, position := rune(0), 0
	for _, r := range text {
		position++
		if unicode.IsControl(r) {
			return fmt.Sprintf("character %d is %U, a control character", position, r)
		}
		if hidden(before, r) {
			return fmt.Sprintf("character %d is %U, which is not seen or changes how others are shown", position, r)
		}
		before = r
	}
	return ""
}

// Storable returns a text that a program reports as it can be stored and shown:
// UTF-8, spaces in place of what Problem refuses but new lines, at most limit
// bytes.
func Storable(text string, limit int) string {
	before := rune(0)
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || hidden(before, r) {
			r = ' '
		}
		before = r
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	return text
}

const (
	zeroWidthNonJoiner = '\u200C'
	zeroWidthJoiner    = '\u200D'
	brailleBlank       = '\u2800'
)

// joining are the scripts whose words are written with joiners; Unicode Standard
// Annex 31, section 2.3.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian,
	unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
	unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// hidden reports whether a character after another one is not seen, or changes
// the order or the lines of those around it. Joiners are letters of some scripts and
// parts of emoji; a variation selector belongs to what is before it.
func hidden(before, r rune) bool {
	switch {
	case r == zeroWidthJoiner:
		return !unicode.In(before, joining...) && !unicode.In(before, unicode.So, unicode.Sk, unicode.Variation_Selector)
	case r == zeroWidthNonJoiner:
		return !unicode.In(before, joining...)
	case unicode.Is(unicode.Variation_Selector, r):
		return !unicode.In(before, unicode.L, unicode.N, unicode.S, unicode.P)
	default:
		return r == brailleBlank ||
			unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
	}
}
