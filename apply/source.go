package apply

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// source is where a document came from.
type source struct {
	file string
	node *yaml.Node
}

// problem places a message at a path of the document.
func (s source) problem(path, message string) Problem {
	return Problem{File: s.file, Line: lineOf(s.node, path), Path: path, Message: message}
}

// lineOf finds the line of "serverGroups[0].name" in a mapping. Where the path
// leaves the document, it is the line of the last part that exists.
func lineOf(node *yaml.Node, path string) int {
	if node == nil {
		return 0
	}
	for _, segment := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		next := child(node, segment)
		if next == nil {
			break
		}
		node = next
	}
	return node.Line
}

func child(node *yaml.Node, segment string) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == segment {
				return node.Content[i+1]
			}
		}
		return nil
	}
	index, err := strconv.Atoi(segment)
	if node.Kind != yaml.SequenceNode || err != nil || index < 0 || index >= len(node.Content) {
		return nil
	}
	return node.Content[index]
}
