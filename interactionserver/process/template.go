package process

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/internal/expression"
)

// template is a value of a document in which ${ } stand for expressions.
// Exactly one of its fields is used; none of them is null.
type template struct {
	constant any
	program  *expression.Program // the whole value is one expression
	text     []part              // text with expressions in it
	list     []template
	fields   map[string]template
}

// part is a piece of text or an expression in it.
type part struct {
	text    string
	program *expression.Program
}

// template reads any value. What is wrong becomes a problem, and null.
func (p *parser) template(v value) template {
	switch v.node.Kind {
	case yaml.MappingNode:
		t := template{fields: map[string]template{}}
		for _, f := range v.mapping("a mapping") {
			t.fields[f.name] = p.template(f.value)
		}
		return t
	case yaml.SequenceNode:
		t := template{list: []template{}}
		for i, node := range v.node.Content {
			t.list = append(t.list, p.template(value{node: node, path: fmt.Sprintf("%s[%d]", v.path, i), check: v.check}))
		}
		return t
	default:
		return p.scalarTemplate(v)
	}
}

func (p *parser) scalarTemplate(v value) template {
	switch v.node.ShortTag() {
	case "!!str", "!!timestamp":
		return p.textTemplate(v, v.node.Value)
	}
	var constant any
	if err := v.node.Decode(&constant); err != nil {
		v.problem("expected a JSON value, found %s", v.kind())
		return template{}
	}
	if whole, ok := constant.(uint64); ok {
		constant = float64(whole)
	}
	constant, err := normal(constant)
	if err != nil {
		v.problem("%s", err)
	}
	return template{constant: constant}
}

// textTemplate reads text with expressions in it. Text that is one expression
// keeps the type of its result.
func (p *parser) textTemplate(v value, text string) template {
	pieces, err := split(text)
	if err != nil {
		v.problem("%s", err)
		return template{}
	}
	if len(pieces) == 0 || len(pieces) == 1 && !pieces[0].expression {
		return template{constant: text}
	}
	if len(pieces) == 1 {
		return template{program: p.compile(v, stepLanguage(), pieces[0].text, expression.Any)}
	}
	var t template
	for _, piece := range pieces {
		if piece.expression {
			t.text = append(t.text, part{program: p.compile(v, stepLanguage(), piece.text, expression.Any)})
		} else {
			t.text = append(t.text, part{text: piece.text})
		}
	}
	return t
}

// value evaluates the template to a JSON value.
func (t template) value(s expression.Scope) (any, error) {
	switch {
	case t.program != nil:
		return t.program.Value(s)
	case t.text != nil:
		return t.join(s, func(value any) (string, error) { return asText(value), nil })
	case t.list != nil:
		out := make([]any, len(t.list))
		for i, element := range t.list {
			var err error
			if out[i], err = element.value(s); err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return out, nil
	case t.fields != nil:
		out := make(map[string]any, len(t.fields))
		for name, element := range t.fields {
			var err error
			if out[name], err = element.value(s); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		return out, nil
	default:
		return t.constant, nil
	}
}

// join writes the results of the expressions, in the given form, into the text.
func (t template) join(s expression.Scope, form func(value any) (string, error)) (string, error) {
	var out strings.Builder
	for _, piece := range t.text {
		if piece.program == nil {
			out.WriteString(piece.text)
			continue
		}
		value, err := piece.program.Value(s)
		if err != nil {
			return "", err
		}
		text, err := form(value)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// piece is a stretch of text or, without its ${ }, an expression.
type piece struct {
	text       string
	expression bool
}

// split cuts text at its ${ }. An expression ends at the first brace that closes
// its own: braces within it are counted, and those in its quoted text are not.
func split(text string) ([]piece, error) {
	var pieces []piece
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "${")
		if before != "" {
			pieces = append(pieces, piece{text: before})
		}
		if !found {
			break
		}
		end := closingBrace(after)
		if end < 0 {
			return nil, fmt.Errorf("the expression that begins with ${%s is not closed, expected }", shorten(after, 20))
		}
		pieces = append(pieces, piece{text: strings.TrimSpace(after[:end]), expression: true})
		rest = after[end+1:]
	}
	return pieces, nil
}

// closingBrace finds the } that ends an expression, -1 when there is none.
func closingBrace(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		case '"', '\'':
			end := closingQuote(text, i)
			if end < 0 {
				return -1
			}
			i = end
		}
	}
	return -1
}

// closingQuote finds the end of the quoted text that begins at start: one quote or
// three, and a backslash that escapes unless an r stands before the first.
func closingQuote(text string, start int) int {
	quote := text[start : start+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(text[start:], triple) {
		quote = triple
	}
	raw := start > 0 && (text[start-1] == 'r' || text[start-1] == 'R')
	for i := start + len(quote); i < len(text); i++ {
		if text[i] == '\\' && !raw {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], quote) {
			return i + len(quote) - 1
		}
	}
	return -1
}
