package process

import (
	"regexp"
	"slices"
)

// The names that the parts of a document may have; schema.json has the same.
var (
	rootFields     = []string{"document", "evaluate", "queues", "do"}
	documentFields = []string{"dsl", "namespace", "name", "version", "title", "summary"}
	evaluateFields = []string{"language"}
	queueFields    = []string{"name", "title"}
)

var (
	dslForm     = regexp.MustCompile(`^1\.0\.\d{1,3}$`)
	versionForm = regexp.MustCompile(`^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z.-]{1,64})?$`)
	slugForm    = form{pattern: regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`), longest: 63, hyphensFree: true}
)

const expectedSlug = "a name of lower case letters, digits and single hyphens that begins with a letter, at most 63 characters"

// Parse reads and checks a document, YAML or JSON. Its error is a *fault.Fault
// of kind Invalid with every problem found, at most MaxProblems, in the order of
// the document.
func Parse(document []byte) (*Definition, error) {
	p := &parser{checker: &checker{}, definition: &Definition{index: map[string]int{}}}
	if root, ok := load(document, p.checker); ok {
		p.root(root)
	}
	if f := p.checker.fault(); f != nil {
		return nil, f
	}
	return p.definition, nil
}

// parser makes a definition of a document.
type parser struct {
	checker    *checker
	definition *Definition
	blocks     []*block
	flows      []flow          // edges to be resolved when all steps are known
	owner      []int           // of each step: the index of its block
	writes     map[string]bool // variables that some step sets
	reads      []read          // variables that expressions read
	tooMany    bool            // more than MaxSteps

	expressions    int // read so far
	expressionText int // their bytes
}

// read is a place where a variable is read.
type read struct {
	name string
	path string
	line int
}

func (p *parser) root(v value) {
	o, ok := v.object("a mapping with document, evaluate, queues and do", rootFields)
	if !ok {
		return
	}
	p.writes = map[string]bool{}
	p.document(o)
	p.evaluate(o)
	p.queues(o)
	if do, ok := o.need("do", "a list of steps"); ok {
		p.block(do, -1)
	}
	p.undefinedReads()
	if p.tooMany {
		return // names of steps that were not read would be reported as missing
	}
	p.resolve()
	if len(p.checker.places) == 0 {
		p.checkPaths()
	}
}

func (p *parser) document(root object) {
	v, ok := root.need("document", "a mapping with dsl, namespace, name and version")
	if !ok {
		return
	}
	o, ok := v.object("a mapping", documentFields)
	if !ok {
		return
	}
	d := p.definition
	if dsl, ok := o.need("dsl", "1.0.0"); ok {
		dsl.matching(dslForm, "version 1.0.x of the Open Workflow DSL, such as 1.0.0")
	}
	if v, ok := o.need("namespace", expectedSlug); ok {
		d.Namespace, _ = v.matching(slugForm, expectedSlug)
	}
	if v, ok := o.need("name", expectedSlug); ok {
		d.Name, _ = v.matching(slugForm, expectedSlug)
	}
	if v, ok := o.need("version", "a semantic version such as 1.0.0"); ok {
		d.Version, _ = v.matching(versionForm, "a semantic version such as 1.0.0")
	}
	if v, ok := o.find("title"); ok {
		d.Title, _ = v.shortText(200)
	}
	if v, ok := o.find("summary"); ok {
		d.Summary, _ = v.shortText(2000)
	}
}

// evaluate requires the language to be named: the DSL's own default is jq.
func (p *parser) evaluate(root object) {
	v, ok := root.need("evaluate", "language: cel")
	if !ok {
		return
	}
	o, ok := v.object("a mapping with language: cel", evaluateFields)
	if !ok {
		return
	}
	if language, ok := o.need("language", "cel"); ok {
		language.oneOf("cel")
	}
}

func (p *parser) queues(root object) {
	v, ok := root.find("queues")
	if !ok {
		return
	}
	for _, element := range v.list("a list of queues", MaxQueues) {
		o, ok := element.object("a mapping with name", queueFields)
		if !ok {
			continue
		}
		name, ok := o.need("name", expectedSlug)
		if !ok {
			continue
		}
		var q Queue
		if q.Name, ok = name.matching(slugForm, expectedSlug); !ok {
			continue
		}
		if p.hasQueue(q.Name) {
			name.problem("the queue %s is already declared", q.Name)
			continue
		}
		if title, ok := o.find("title"); ok {
			q.Title, _ = title.shortText(200)
		}
		p.definition.Queues = append(p.definition.Queues, q)
	}
}

func (p *parser) hasQueue(name string) bool {
	return slices.ContainsFunc(p.definition.Queues, func(q Queue) bool { return q.Name == name })
}

// undefinedReads reports variables that no step sets: a slip of the pen, since
// they would always be missing.
func (p *parser) undefinedReads() {
	for _, r := range p.reads {
		if !p.writes[r.name] {
			p.checker.add(r.path, r.line, "no step sets vars.%s", shorten(r.name, 64))
		}
	}
}
