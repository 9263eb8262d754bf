package apply

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Bounds of what is read.
const (
	maxFiles     = 1_000
	maxFileSize  = 4 << 20
	maxDocuments = 20_000
)

// ParseDir reads all .yaml and .yml files that lie directly in fsys, in the
// order of their names. A file in which no document has a kind, such as a process
// document, is skipped.
func ParseDir(fsys fs.FS) (*Set, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if ext := path.Ext(entry.Name()); !entry.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, entry.Name())
		}
	}
	if len(names) == 0 {
		return nil, errors.New("the folder holds no .yaml file")
	}
	if len(names) > maxFiles {
		return nil, fmt.Errorf("the folder holds %d YAML files; at most %d are read", len(names), maxFiles)
	}
	return parse(fsys, names, true)
}

// ParseFile reads one file of fsys. Files that its documents name lie beside or
// beneath it.
func ParseFile(fsys fs.FS, name string) (*Set, error) {
	return parse(fsys, []string{name}, false)
}

// ParseReader reads documents from a stream, such as standard input, of which
// problems speak by name. They cannot name files.
func ParseReader(r io.Reader, name string) (*Set, error) {
	p := &parser{fsys: noFiles{}, set: &Set{}}
	content, err := readAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.content(name, content, false)
	return p.finish()
}

// noFiles is a folder in which nothing may be looked for.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, fmt.Errorf("%s is named in a stream, which has no folder to find it in", name)
}

func parse(fsys fs.FS, names []string, skipForeign bool) (*Set, error) {
	p := &parser{fsys: fsys, set: &Set{}}
	for _, name := range names {
		p.file(name, skipForeign)
	}
	return p.finish()
}

func (p *parser) finish() (*Set, error) {
	if len(p.problems) == 0 && len(p.set.headers()) == 0 {
		return nil, errors.New("the files hold no document with a kind")
	}
	if len(p.problems) == 0 {
		p.problems = check(p.set)
	}
	return p.set, p.problems.orNil()
}

type parser struct {
	fsys      fs.FS
	set       *Set
	documents int
	problems  Problems
}

func (p *parser) fail(file string, line int, at, format string, args ...any) {
	p.problems = append(p.problems, Problem{File: file, Line: line, Path: at, Message: fmt.Sprintf(format, args...)})
}

func (p *parser) file(name string, skipForeign bool) {
	content, err := readBounded(p.fsys, name)
	if err != nil {
		p.fail(name, 0, "", "%s", err)
		return
	}
	p.content(name, content, skipForeign)
}

// content takes in the documents of a file.
func (p *parser) content(name string, content []byte, skipForeign bool) {
	nodes, err := documents(content)
	foreign := !slices.ContainsFunc(nodes, func(n *yaml.Node) bool { return kindOf(n) != nil })
	if skipForeign && foreign && err == nil {
		p.set.Skipped = append(p.set.Skipped, name)
		return
	}
	for _, node := range nodes {
		if p.documents++; p.documents > maxDocuments {
			p.fail(name, node.Line, "", "more than %d documents", maxDocuments)
			return
		}
		p.document(name, node)
	}
	if err != nil {
		line, message := syntaxProblem(err)
		p.fail(name, line, "", "%s", message)
	}
}

func readBounded(fsys fs.FS, name string) ([]byte, error) {
	// Asked first: to open a named pipe is to wait for whoever writes into it.
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("is %s; a regular file is expected, or - for standard input", sortOf(info.Mode()))
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	return readAll(f)
}

func readAll(r io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if len(content) > maxFileSize {
		return nil, fmt.Errorf("larger than %d MiB", maxFileSize>>20)
	}
	return content, nil
}

func sortOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	default:
		return "a device"
	}
}

// documents returns the root nodes of a YAML stream, and what was wrong with it
// after them. Empty documents are left out.
func documents(content []byte) ([]*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var nodes []*yaml.Node
	for len(nodes) <= maxDocuments {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nodes, err
		}
		if len(document.Content) == 1 && document.Content[0].Tag != "!!null" {
			nodes = append(nodes, document.Content[0])
		}
	}
	return nodes, nil
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

func syntaxProblem(err error) (line int, message string) {
	parts := yamlError.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))
	if parts == nil {
		return 0, "not YAML: " + err.Error()
	}
	line, _ = strconv.Atoi(parts[1])
	return line, "not YAML: " + parts[2]
}

func kindOf(node *yaml.Node) *yaml.Node {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	return child(node, "kind")
}

// document decodes one document into the set.
func (p *parser) document(file string, node *yaml.Node) {
	kind := kindOf(node)
	if kind == nil {
		p.fail(file, node.Line, "kind", "missing; expected one of %s", allKinds())
		return
	}
	from := source{file: file, node: node}
	switch Kind(kind.Value) {
	case KindTenant:
		p.set.Tenants = append(p.set.Tenants, decodeInto[Tenant](p, from))
	case KindAccount:
		p.set.Accounts = append(p.set.Accounts, decodeInto[Account](p, from))
	case KindBusinessProcess:
		process := decodeInto[BusinessProcess](p, from)
		p.loadDocument(process)
		p.set.Processes = append(p.set.Processes, process)
	case KindAccessGroup:
		p.set.AccessGroups = append(p.set.AccessGroups, decodeInto[AccessGroup](p, from))
	case KindSolution:
		p.set.Solutions = append(p.set.Solutions, decodeInto[Solution](p, from))
	default:
		if designed, ok := designKinds[Kind(kind.Value)]; ok {
			p.set.Designs = append(p.set.Designs, p.design(from, designed))
			return
		}
		p.fail(file, kind.Line, "kind", "unknown kind %q; expected one of %s", kind.Value, allKinds())
	}
}

// allKinds lists the kinds that a document can have.
func allKinds() string {
	kinds := []string{string(KindTenant), string(KindAccount), string(KindBusinessProcess), string(KindAccessGroup), string(KindSolution)}
	for _, kind := range definition.Kinds {
		kinds = append(kinds, string(fileKind(kind)))
	}
	return strings.Join(kinds, ", ")
}

// decodeInto decodes a document and sets the source in its header.
func decodeInto[T any, D interface {
	*T
	setSource(source)
}](p *parser, from source) *T {
	var into T
	d := decoder{file: from.file}
	d.decode(from.node, "", 0, reflect.ValueOf(&into).Elem())
	p.problems = append(p.problems, d.problems...)
	D(&into).setSource(from)
	return &into
}

func (h *Header) setSource(from source) { h.source = from }

// loadDocument sets the text of a process: that of its file, the inline text, or
// the inline mapping written out again.
func (p *parser) loadDocument(process *BusinessProcess) {
	from := process.source
	switch {
	case (process.File == "") == (process.Document == nil):
		p.problems = append(p.problems, from.problem("file", "expected either file or document"))
	case process.File != "":
		p.loadFile(process)
	case process.Document.Kind == yaml.ScalarNode:
		process.Text = process.Document.Value
		process.textFile, process.firstLine = from.file, process.Document.Line+1
	default:
		text, err := yaml.Marshal(process.Document)
		if err != nil {
			p.problems = append(p.problems, from.problem("document", "cannot be written as YAML"))
			return
		}
		process.Text, process.textFile = string(text), from.file
	}
}

func (p *parser) loadFile(process *BusinessProcess) {
	from := process.source
	name := path.Join(path.Dir(from.file), process.File)
	if !fs.ValidPath(name) || path.IsAbs(process.File) {
		p.problems = append(p.problems, from.problem("file", "expected the path of a file beside or beneath this one"))
		return
	}
	content, err := readBounded(p.fsys, name)
	if err != nil {
		p.problems = append(p.problems, from.problem("file", name+" "+err.Error()))
		return
	}
	process.Text, process.textFile, process.firstLine = string(content), name, 1
}
