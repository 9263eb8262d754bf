package expression

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
)

// Problem is one thing that is wrong with an expression's text.
type Problem struct {
	Line    int // from 1
	Column  int // from 1
	Message string
}

// SyntaxError says why an expression does not compile. It has at least one problem.
type SyntaxError struct{ Problems []Problem }

// Error lists the problems.
func (e *SyntaxError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Message)
	}
	return strings.Join(texts, "; ")
}

// maxProblems bounds what one broken expression reports: one slip of syntax makes
// the parser complain many times.
const maxProblems = 3

// syntaxError makes CEL's issues an error of this package.
func (l *Language) syntaxError(issues *cel.Issues) *SyntaxError {
	e := &SyntaxError{}
	for _, issue := range issues.Errors() {
		if len(e.Problems) == maxProblems {
			break
		}
		message := plain(issue.Message)
		if strings.HasPrefix(message, "undeclared reference") {
			message += "; the variables are " + strings.Join(slices.Sorted(maps.Keys(l.names)), ", ")
		}
		e.Problems = append(e.Problems, Problem{
			Line:    max(issue.Location.Line(), 1),
			Column:  max(issue.Location.Column()+1, 1),
			Message: message,
		})
	}
	return e
}

var (
	unexpectedSign  = regexp.MustCompile(`^token recognition error at: '([=&|]).*'$`)
	unexpectedEnd   = regexp.MustCompile(`^(mismatched|extraneous) input '<EOF>'.*`)
	unexpectedInput = regexp.MustCompile(`^(mismatched|extraneous) input ('.*?')( expecting .*)?$`)
	operatorName    = regexp.MustCompile(`'_(\S+?)_'`)
)

// plain puts the messages of the generated parser and of the checker into words
// that help an author.
func plain(message string) string {
	message = strings.TrimPrefix(message, "Syntax error: ")
	message = strings.ReplaceAll(message, " (in container '')", "")
	message = unexpectedSign.ReplaceAllString(message, "unexpected '$1': equality is ==, and is &&, or is ||")
	message = unexpectedEnd.ReplaceAllString(message, "unexpected end of the expression")
	message = unexpectedInput.ReplaceAllString(message, "unexpected $2")
	return operatorName.ReplaceAllString(message, "'$1'")
}
