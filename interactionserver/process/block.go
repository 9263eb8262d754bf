package process

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/switchyard/switchyard/internal/expression"
)

var (
	stepFields   = []string{"if", "do", "set", "switch", "wait", "call", "with", "then"}
	taskFields   = []string{"do", "set", "switch", "wait", "call"}
	caseFields   = []string{"when", "then"}
	unknownTasks = []string{"for", "fork", "try", "raise", "listen", "emit", "run"}

	directives = []string{"continue", "exit", "end"}

	stepName     = form{pattern: regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`), longest: 63}
	variableName = form{pattern: regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`), longest: 64}
)

const (
	expectedStepName = "a step's name of letters, digits, hyphens and underscores that begins with a letter, at most 63 characters"
	expectedVariable = "a variable's name of letters, digits and underscores, at most 64 characters"
	expectedFlow     = "continue, exit, end or the name of a step of the same list"
)

// block is one list of steps.
type block struct {
	owner   int   // the step whose do it is, -1 for the outermost
	members []int // its steps in order
}

// block reads a list of steps and returns its index.
func (p *parser) block(v value, owner int) int {
	b := &block{owner: owner}
	p.blocks = append(p.blocks, b)
	id := len(p.blocks) - 1
	for _, element := range v.list("a list of steps, each with its name", maxNodes) {
		name, ok := single(element, "a step such as `- name: {…}`")
		if !ok {
			continue
		}
		if len(p.definition.steps) == MaxSteps {
			if !p.tooMany {
				element.problem("more than %d steps", MaxSteps)
			}
			p.tooMany = true
			return id
		}
		p.step(name, id)
	}
	return id
}

// single reads a mapping with one name.
func single(v value, expected string) (field, bool) {
	fields := v.mapping(expected)
	if len(fields) != 1 {
		if len(fields) > 1 {
			v.problem("expected %s, found %d names; each one begins with a hyphen of its own", expected, len(fields))
		} else if v.node.Content != nil || v.kind() == "a mapping" {
			v.problem("expected %s", expected)
		}
		return field{}, false
	}
	return fields[0], true
}

// step reads one step and, where it is a block, those in it.
func (p *parser) step(f field, blockID int) {
	d := p.definition
	i := len(d.steps)
	d.steps = append(d.steps, step{name: f.name, path: f.path, line: f.key.Line})
	p.owner = append(p.owner, blockID)
	p.blocks[blockID].members = append(p.blocks[blockID].members, i)
	p.nameStep(f, i)

	for _, name := range unknownTasks {
		if hasField(f.value, name) {
			f.problem("%s is a task of the Open Workflow DSL that is not supported, expected one of %s",
				name, strings.Join(taskFields, ", "))
			return
		}
	}
	o, ok := f.object("a step with one of "+strings.Join(taskFields, ", "), stepFields)
	if !ok {
		return
	}
	s := step{name: f.name, path: f.path, line: f.key.Line}
	if v, ok := o.find("if"); ok {
		s.condition = p.expression(v, stepLanguage(), expression.Bool)
	}
	then, _ := o.find("then")
	p.flows = append(p.flows, flow{from: i, at: then, set: func(to int) { d.steps[i].next = to }})
	p.task(o, &s, i)
	d.steps[i] = s
}

func hasField(v value, name string) bool {
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		if v.node.Content[i].Value == name {
			return true
		}
	}
	return false
}

// nameStep checks a step's name, which is unique in the whole document so that it
// alone says where a process is.
func (p *parser) nameStep(f field, i int) {
	at := value{node: f.key, path: f.path, check: p.checker}
	if !stepName.MatchString(f.name) {
		at.problem("expected %s", expectedStepName)
		return
	}
	if slices.Contains(directives, f.name) {
		at.problem("%s is a word of the language and cannot name a step", f.name)
		return
	}
	if first, ok := p.definition.index[f.name]; ok {
		at.problem("the step %s is already in line %d; each step has a name of its own", f.name, p.definition.steps[first].line)
		return
	}
	p.definition.index[f.name] = i
}

// task reads what the step does.
func (p *parser) task(o object, s *step, i int) {
	var found []string
	for _, name := range taskFields {
		if _, ok := o.find(name); ok {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		o.problem("expected exactly one of %s, found %s", strings.Join(taskFields, ", "), orNone(found))
		return
	}
	v, _ := o.find(found[0])
	if with, ok := o.find("with"); ok && found[0] != "call" {
		with.problem("with belongs to call")
	}
	switch found[0] {
	case "do":
		s.block = &blockTask{first: i + 1}
		p.block(v, i)
	case "set":
		s.set = p.set(v)
	case "switch":
		s.choice = p.choice(v, i)
	case "wait":
		s.wait = &waitTask{duration: v.duration(minWait, maxDuration)}
	case "call":
		p.call(o, v, s, i)
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, " and ")
}

// set reads the variables that a step assigns.
func (p *parser) set(v value) *setTask {
	fields := v.mapping("a mapping of variables to values")
	if v.kind() == "a mapping" && len(fields) == 0 {
		v.problem("expected at least one variable")
	}
	for _, f := range fields {
		if !variableName.MatchString(f.name) {
			p.checker.add(f.path, f.key.Line, "expected %s", expectedVariable)
		}
		p.writes[f.name] = true
	}
	if v.kind() != "a mapping" {
		return nil
	}
	return &setTask{vars: p.template(v)}
}

// choice reads the cases of a switch.
func (p *parser) choice(v value, i int) *switchTask {
	task := &switchTask{}
	elements := v.list("a list of cases, each with its name", MaxSteps)
	task.cases = make([]switchCase, len(elements))
	names := map[string]bool{}
	for n, element := range elements {
		f, ok := single(element, "a case such as `- name: {when: …, then: …}`")
		if !ok {
			continue
		}
		if names[f.name] {
			f.problem("the case %s is already given", strconv.Quote(f.name))
		}
		names[f.name] = true
		task.cases[n].name = f.name
		o, ok := f.object("a case with when and then", caseFields)
		if !ok {
			continue
		}
		if when, ok := o.find("when"); ok {
			task.cases[n].when = p.expression(when, stepLanguage(), expression.Bool)
		} else if n != len(elements)-1 {
			f.problem("a case without when always applies, so that it must be the last one")
		}
		if then, ok := o.need("then", expectedFlow); ok {
			p.flows = append(p.flows, flow{from: i, at: then, set: func(to int) { task.cases[n].to = to }})
		}
	}
	return task
}

// expression reads a field that is an expression, with or without ${ }.
func (p *parser) expression(v value, language *expression.Language, want expression.Type) *expression.Program {
	source, ok := v.source(fmt.Sprintf("a CEL expression of type %s", want))
	if !ok {
		return nil
	}
	return p.compile(v, language, source, want)
}

// source reads the text of an expression. A literal of YAML is one of CEL as well.
func (v value) source(expected string) (string, bool) {
	if !v.is(yamlScalar, expected) {
		return "", false
	}
	text := strings.TrimSpace(v.node.Value)
	if text == "" {
		v.problem("expected %s, found nothing", expected)
		return "", false
	}
	if !strings.HasPrefix(text, "${") {
		return text, true
	}
	pieces, err := split(text)
	if err != nil {
		v.problem("%s", err)
		return "", false
	}
	if len(pieces) != 1 {
		v.problem("expected one expression, found text around it")
		return "", false
	}
	return pieces[0].text, true
}

// shortText reads text of bounded length.
func (v value) shortText(most int) (string, bool) {
	text, ok := v.text("text")
	if ok && len(text) > most {
		v.problem("the text has %d bytes, at most %d are allowed", len(text), most)
		return "", false
	}
	return text, ok
}
