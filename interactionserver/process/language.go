package process

import (
	"errors"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/internal/expression"
)

// The names that expressions may use.
const (
	varInteraction = "interaction"
	varVars        = "vars"
	varOutcome     = "outcome"
	varLastAgent   = "lastAgent"
	varResponse    = "response"
	varAgent       = "agent"
	varSkills      = "skills"
	varGroups      = "groups"
)

var stepVariables = []expression.Variable{
	{Name: varInteraction, Fields: []expression.Variable{
		{Name: "id", Type: expression.Text},
		{Name: "externalId", Type: expression.Text},
		{Name: "mediaType", Type: expression.Text},
		{Name: "type", Type: expression.Text},
		{Name: "subtype", Type: expression.Text},
		{Name: "priority", Type: expression.Int},
		{Name: "properties", Type: expression.Map(expression.Any)},
		{Name: "submittedAt", Type: expression.Timestamp},
	}},
	{Name: varVars, Type: expression.Map(expression.Any)},
	{Name: varOutcome, Type: expression.Text},
	{Name: varLastAgent, Type: expression.Text},
	{Name: varResponse, Fields: []expression.Variable{
		{Name: "status", Type: expression.Int},
		{Name: "body", Type: expression.Any},
		{Name: "error", Type: expression.Text},
	}},
}

var agentVariables = []expression.Variable{
	{Name: varAgent, Type: expression.Text},
	{Name: varSkills, Type: expression.Map(expression.Int)},
	{Name: varGroups, Type: expression.List(expression.Text)},
}

// The two languages: of steps, and of targets, which know the agent as well. They
// are made when the first document is parsed.
var (
	stepLanguage   = sync.OnceValue(func() *expression.Language { return declare(stepVariables) })
	targetLanguage = sync.OnceValue(func() *expression.Language {
		return declare(append(append([]expression.Variable{}, stepVariables...), agentVariables...))
	})
)

// declare makes a language of constant declarations; a test compiles with each.
func declare(variables []expression.Variable) *expression.Language {
	language, err := expression.New(variables...)
	if err != nil {
		panic(err)
	}
	return language
}

// compile compiles an expression that stands at v; its places are those of v.
func (p *parser) compile(v value, language *expression.Language, source string, want expression.Type) *expression.Program {
	if !p.admit(v, source) {
		return nil
	}
	program, err := language.Compile(source, want)
	var broken *expression.SyntaxError
	if errors.As(err, &broken) {
		for _, problem := range broken.Problems {
			p.checker.add(v.path, v.lineOf(problem.Line), "in the expression, column %d: %s", problem.Column, problem.Message)
		}
		return nil
	}
	for _, use := range program.Uses() {
		if use.Variable == varVars && use.Field != "" {
			p.reads = append(p.reads, read{name: use.Field, path: v.path, line: v.lineOf(use.Line)})
		}
	}
	return program
}

// admit counts an expression and reports whether it is within the bounds; the
// first that is not becomes a problem.
func (p *parser) admit(v value, source string) bool {
	within := p.expressions <= MaxExpressions && p.expressionText <= MaxExpressionText
	p.expressions++
	p.expressionText += len(source)
	if p.expressions <= MaxExpressions && p.expressionText <= MaxExpressionText {
		return true
	}
	if within {
		v.problem("more than %d expressions or %d bytes of them", MaxExpressions, MaxExpressionText)
	}
	return false
}

// lineOf is the document's line of a line of the text at v. In a block the text
// begins in the line after the indicator; else it is taken as one line.
func (v value) lineOf(line int) int {
	if v.node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return v.node.Line + line
	}
	return v.node.Line
}

// scope gives expressions their values.
type scope struct {
	in    *Input
	state *State
	agent *Agent // nil outside of targets
	// interaction is made when it is first asked for.
	interaction map[string]any
}

// Lookup implements expression.Scope.
func (s *scope) Lookup(name string) (any, bool) {
	switch name {
	case varInteraction:
		if s.interaction == nil {
			s.interaction = s.in.Interaction.fields()
		}
		return s.interaction, true
	case varVars:
		return mapOf(s.state.Vars), true
	case varOutcome:
		return s.state.Outcome, true
	case varLastAgent:
		return s.state.Agent, true
	case varResponse:
		return s.state.Response.fields(), true
	}
	if s.agent == nil {
		return nil, false
	}
	switch name {
	case varAgent:
		return s.agent.Name, true
	case varSkills:
		return s.agent.Skills, true
	case varGroups:
		return s.agent.Groups, true
	}
	return nil, false
}

func (i *Interaction) fields() map[string]any {
	return map[string]any{
		"id": i.ID, "externalId": i.ExternalID, "mediaType": i.MediaType, "type": i.Type, "subtype": i.Subtype,
		"priority": i.Priority, "properties": mapOf(i.Properties), "submittedAt": i.SubmittedAt,
	}
}

// fields of no response yet are those of an answer without status.
func (r *Response) fields() map[string]any {
	if r == nil {
		r = &Response{}
	}
	return map[string]any{"status": r.Status, "body": r.Body.Any, "error": r.Error}
}

// mapOf makes absent values an empty map: reading a name of it is then an error of
// the expression and has() is false.
func mapOf(v Values) map[string]any {
	if v == nil {
		return map[string]any{}
	}
	return v
}
