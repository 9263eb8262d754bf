package testruns

import (
	"strings"
	"unicode"
)

// maxStored bounds a text that a program reports, in bytes.
const maxStored = 4000

// storable returns the text as it can be stored: UTF-8, without control
// characters but new lines, at most maxStored bytes.
func storable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) > maxStored {
		text = strings.ToValidUTF8(text[:maxStored], "")
	}
	return text
}
