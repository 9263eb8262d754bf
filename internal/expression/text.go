package expression

import (
	"reflect"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/overloads"
)

// lowerASCII and upperASCII change nothing else.
func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

func upperASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, text)
}

var textTests = map[string]func(text, part string) bool{
	overloads.StartsWith: strings.HasPrefix,
	overloads.EndsWith:   strings.HasSuffix,
	overloads.Contains:   strings.Contains,
}

var textMappings = map[string]func(string) string{
	"lowerAscii": lowerASCII, "upperAscii": upperASCII, "trim": strings.TrimSpace,
}

// texts takes two operands that have to be text.
func texts(a, b value) outcome {
	if o, ok := a.usable(); !ok {
		return o
	}
	if o, ok := b.usable(); !ok {
		return o
	}
	if a.kind != kindText || b.kind != kindText {
		return failed
	}
	return yes
}

// size is the number of code points, elements or entries.
func size(v value) value {
	switch v.kind {
	case kindText:
		return intValue(int64(utf8.RuneCountInString(v.text)))
	case kindList, kindMap:
		return intValue(int64(reflect.ValueOf(v.ref).Len()))
	default:
		if o, ok := v.usable(); !ok {
			return o.value()
		}
		return failed.value()
	}
}
