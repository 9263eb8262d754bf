package process

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var yamlError = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)

// load reads the text of a document into nodes and refuses what no process needs
// and what makes readers of YAML slow: aliases, merge keys, tags, deep nesting.
// It returns false when there is nothing that can be checked further.
func load(document []byte, c *checker) (value, bool) {
	if len(document) > MaxDocument {
		c.add("", 0, "the document has %d bytes, at most %d are allowed", len(document), MaxDocument)
		return value{}, false
	}
	decoder := yaml.NewDecoder(bytes.NewReader(document))
	var tree yaml.Node
	if err := decoder.Decode(&tree); errors.Is(err, io.EOF) {
		c.add("", 0, "the document is empty, expected a mapping with document, evaluate, queues and do")
		return value{}, false
	} else if err != nil {
		c.addSyntax(err)
		return value{}, false
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		c.add("", 0, "more than one YAML document, expected exactly one")
		return value{}, false
	} else if !errors.Is(err, io.EOF) {
		c.addSyntax(err)
		return value{}, false
	}
	root := value{node: tree.Content[0], check: c}
	nodes := 0
	return root, plainNodes(root, 1, &nodes)
}

func (c *checker) addSyntax(err error) {
	parts := yamlError.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
	line, _ := strconv.Atoi(parts[1])
	problem := parts[2]
	if strings.Contains(problem, "mapping values are not allowed") {
		problem += "; put text that holds a colon and a space in quotes"
	}
	c.add("", line, "this is not valid YAML or JSON: %s", problem)
}

// plainNodes reports whether the whole tree is within the bounds; it says what is
// not, once.
func plainNodes(v value, depth int, nodes *int) bool {
	*nodes++
	switch {
	case depth > MaxDepth:
		v.problem("nested deeper than %d levels", MaxDepth)
		return false
	case *nodes > maxNodes:
		v.problem("the document has more than %d values", maxNodes)
		return false
	case v.node.Kind == yaml.AliasNode || v.node.Anchor != "":
		v.problem("anchors and aliases are not allowed; write the value out")
		return false
	case v.node.Tag == "!!merge":
		v.problem("merge keys are not allowed; write the fields out")
		return false
	case v.node.Style&yaml.TaggedStyle != 0:
		v.problem("the tag %s is not allowed; write a plain value", v.node.Tag)
		return false
	}
	for _, child := range v.node.Content {
		if !plainNodes(value{node: child, path: v.path, check: v.check}, depth+1, nodes) {
			return false
		}
	}
	return true
}
