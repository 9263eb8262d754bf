package apply

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Design is a document of a kind that a design team writes: Offer, Strategy, ….
// Beside the fields of the header it has those of its definition.
type Design struct {
	Header
	Channel     string `json:"channel"`
	DisplayName string `json:"displayName"`
	// Definition is the document without the fields above.
	Definition definition.Document `json:"-"`
}

// Reference is the object that the document describes.
func (d *Design) Reference() definition.Reference {
	return definition.Reference{Kind: designKinds[d.Kind], Channel: d.Channel, Name: d.Name}
}

// designKinds are the kinds of design objects by their name in files.
var designKinds = func() map[Kind]definition.Kind {
	kinds := make(map[Kind]definition.Kind, len(definition.Kinds))
	for _, kind := range definition.Kinds {
		kinds[fileKind(kind)] = kind
	}
	return kinds
}()

// fileKind is a kind's name in files: "AudienceLevel" for "audience-level".
func fileKind(kind definition.Kind) Kind {
	var name strings.Builder
	for word := range strings.SplitSeq(string(kind), "-") {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return Kind(name.String())
}

// design decodes a document of a design kind: the fields of the header, and in
// what is left the definition.
func (p *parser) design(from source, kind definition.Kind) *Design {
	header, rest := splitFields(from.node, reflect.TypeFor[Design]())
	into := Design{}
	d := decoder{file: from.file}
	d.decode(header, "", 0, reflect.ValueOf(&into).Elem())
	d.also = fieldNames(reflect.TypeFor[Design]())
	zero, err := definition.Decode(kind, []byte("{}"))
	if err != nil {
		p.fail(from.file, from.node.Line, "kind", "%s", err)
		return &into
	}
	value := reflect.New(reflect.TypeOf(zero)).Elem()
	d.decode(rest, "", 0, value)
	p.problems = append(p.problems, d.problems...)
	into.Definition, _ = value.Interface().(definition.Document)
	into.setSource(from)
	if len(d.problems) == 0 {
		for _, place := range into.Definition.Check() {
			p.problems = append(p.problems, from.problem(place.Path, place.Message))
		}
	}
	return &into
}

// splitFields parts the fields of a mapping into those that a struct has and the
// rest. Both keep their nodes, and with them their lines.
func splitFields(node *yaml.Node, of reflect.Type) (own, rest *yaml.Node) {
	own, rest = &yaml.Node{}, &yaml.Node{}
	*own, *rest = *node, *node
	own.Content, rest.Content = nil, nil
	names := make(map[string]bool)
	for _, name := range fieldNames(of) {
		names[name] = true
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		part := rest
		if names[node.Content[i].Value] {
			part = own
		}
		part.Content = append(part.Content, node.Content[i], node.Content[i+1])
	}
	return own, rest
}
