package definition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/switchyard/switchyard/internal/fault"
)

const (
	nameRule = "a name has lower case letters a to z, digits and single hyphens, " +
		"begins with a letter and ends with a letter or digit"
	identifierRule = "a name that expressions read has letters a to z, digits and underscores, and begins with a letter"
	maxName        = 63
)

// reserved are words that expressions cannot read as a field.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
	"namespace", "null", "package", "return", "true", "var", "void", "while",
}

// CheckName checks the name of a document. Beyond the rule of all names, what
// expressions read must not be a reserved word, and no offer attribute can be
// called code, which every offer has. The error is a fault.Invalid of type
// malformed-name.
func CheckName(kind Kind, name string) error {
	why := nameProblem(name)
	switch {
	case why != "":
	case (kind == KindMacro || kind == KindOfferAttribute) && slices.Contains(reserved, name):
		why = fmt.Sprintf("%s is a reserved word of expressions", name)
	case kind == KindOfferAttribute && name == "code":
		why = "every offer has the attribute code, its name"
	case kind == KindLearningModel && name == LearningOff:
		why = "off is what a zone without learning says"
	default:
		return nil
	}
	return fault.New(fault.Invalid, "malformed-name", "malformed name").At("name", 0, "%s", why)
}

// Identifier is how expressions read a macro or an offer attribute: annual-fee is
// offer.annual_fee.
func Identifier(name string) string { return strings.ReplaceAll(name, "-", "_") }

// nameProblem says what is wrong with a name; empty when nothing is.
func nameProblem(text string) string {
	switch {
	case text == "":
		return "a name is needed"
	case len(text) > maxName:
		return fmt.Sprintf("the name is too long, at most %d characters are allowed", maxName)
	}
	if foreign := strings.TrimLeft(text, "abcdefghijklmnopqrstuvwxyz0123456789-"); foreign != "" {
		return nameRule + "; " + character(foreign)
	}
	if text[0] < 'a' || strings.HasSuffix(text, "-") || strings.Contains(text, "--") {
		return nameRule
	}
	return ""
}

// identifierProblem says what is wrong with a name that expressions read.
func identifierProblem(text string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	switch {
	case text == "":
		return "a name is needed"
	case len(text) > maxName:
		return fmt.Sprintf("the name is too long, at most %d characters are allowed", maxName)
	}
	if foreign := strings.TrimLeft(text, letters+"0123456789_"); foreign != "" {
		return identifierRule + "; " + character(foreign)
	}
	switch {
	case !strings.Contains(letters, text[:1]):
		return identifierRule
	case slices.Contains(reserved, text):
		return fmt.Sprintf("%s is a reserved word of expressions", text)
	}
	return ""
}

// character names the first character of a text by its number as well: a Cyrillic
// letter cannot be told from a Latin one by looking at it.
func character(text string) string {
	first := []rune(text)[0]
	return fmt.Sprintf("%q (%U) is none of these", first, first)
}
