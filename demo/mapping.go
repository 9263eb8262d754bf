package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxMappingBytes bounds a mapping file.
const maxMappingBytes = 64 << 10

// Mapping says how a row of a CSV file becomes an interaction.
type Mapping struct {
	// ExternalID is a template: {row} is the number of the data row, from 1, and
	// {Column} the row's value in that column.
	ExternalID  string `yaml:"externalId"`
	MediaSource string `yaml:"mediaSource"`
	Solution    Choice `yaml:"solution"`
	Process     Choice `yaml:"process"`
	MediaType   Choice `yaml:"mediaType"`
	Type        Choice `yaml:"type"`
	// Priority is a whole number; the default is 0.
	Priority Choice `yaml:"priority"`
	// Properties are business properties: name → column.
	Properties map[string]string `yaml:"properties"`
}

// Choice takes a value from a table keyed by a column, or one value for all rows.
type Choice struct {
	Column  string            `yaml:"column"`
	Values  map[string]string `yaml:"values"`
	Default string            `yaml:"default"`
}

// LoadMapping reads and checks a mapping file. An unknown key is an error that
// names its line.
func LoadMapping(path string) (*Mapping, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open mapping: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxMappingBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read mapping %s: %w", path, err)
	}
	if len(data) > maxMappingBytes {
		return nil, fmt.Errorf("mapping %s is larger than %d KiB", path, maxMappingBytes>>10)
	}
	mapping, err := parseMapping(data)
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", path, err)
	}
	return mapping, nil
}

// How the decoder says that a key is not known, and that a value has another shape.
var (
	unknownKey = regexp.MustCompile(`field (\S+) not found in type \S+`)
	noChoice   = regexp.MustCompile(`cannot unmarshal !!\w+ (.*) into demo\.Choice`)
	noMapping  = regexp.MustCompile(`cannot unmarshal !!\w+ .* into demo\.Mapping`)
)

// readable says in the words of the file what the decoder found.
func readable(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n  ")
	text = unknownKey.ReplaceAllString(text, "unknown key $1; there are "+keys)
	text = noChoice.ReplaceAllString(text, "$1: expected {column, values, default}")
	return errors.New(noMapping.ReplaceAllString(text, "expected the keys "+keys))
}

const keys = "externalId, mediaSource, solution, process, mediaType, type, priority and properties, and column, values and default below them"

func parseMapping(data []byte) (*Mapping, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var m Mapping
	if err := decoder.Decode(&m); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty; expected externalId, solution, process and mediaType")
		}
		return nil, readable(err)
	}
	for name, choice := range map[string]Choice{"solution": m.Solution, "process": m.Process, "mediaType": m.MediaType} {
		if choice.Column == "" && choice.Default == "" {
			return nil, fmt.Errorf("%s: expected a column with values, or a default", name)
		}
	}
	if m.ExternalID == "" {
		return nil, errors.New("externalId: expected a template such as \"complaint-{row}\"")
	}
	return &m, nil
}

// templateName is a name in the template of external ids.
var templateName = regexp.MustCompile(`\{([^{}]+)\}`)

// Columns are the columns that a file must have for this mapping, sorted.
func (m *Mapping) Columns() []string {
	var columns []string
	for _, choice := range []Choice{m.Solution, m.Process, m.MediaType, m.Type, m.Priority} {
		if choice.Column != "" {
			columns = append(columns, choice.Column)
		}
	}
	for _, column := range m.Properties {
		columns = append(columns, column)
	}
	for _, name := range templateName.FindAllStringSubmatch(m.ExternalID, -1) {
		if name[1] != "row" {
			columns = append(columns, name[1])
		}
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// Work is one interaction to hand in, and where.
type Work struct {
	Solution   string
	Process    string
	MediaType  string
	Type       string
	ExternalID string
	Source     string
	Priority   int
	Properties map[string]any
}

// apply turns a row into work; the error says which column has no answer.
func (m *Mapping) apply(number int, row map[string]string) (Work, error) {
	work := Work{Source: m.MediaSource, Properties: make(map[string]any, len(m.Properties))}
	var err error
	for _, field := range []struct {
		name   string
		choice Choice
		target *string
		needed bool
	}{
		{"solution", m.Solution, &work.Solution, true},
		{"process", m.Process, &work.Process, true},
		{"mediaType", m.MediaType, &work.MediaType, true},
		{"type", m.Type, &work.Type, false},
	} {
		if *field.target, err = field.choice.pick(field.name, row, field.needed); err != nil {
			return Work{}, err
		}
	}
	if work.Priority, err = m.priority(row); err != nil {
		return Work{}, err
	}
	for name, column := range m.Properties {
		work.Properties[name] = row[column]
	}
	work.ExternalID = expand(m.ExternalID, number, row)
	return work, nil
}

func (m *Mapping) priority(row map[string]string) (int, error) {
	text, err := m.Priority.pick("priority", row, false)
	if err != nil || text == "" {
		return 0, err
	}
	priority, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("priority: %q is not a whole number", text)
	}
	return priority, nil
}

func (c Choice) pick(name string, row map[string]string, needed bool) (string, error) {
	if c.Column != "" {
		if value, ok := c.Values[row[c.Column]]; ok {
			return value, nil
		}
		if c.Values == nil {
			return row[c.Column], nil
		}
	}
	if c.Default == "" && needed {
		return "", fmt.Errorf("no %s for %s %q, and the mapping has no default", name, c.Column, row[c.Column])
	}
	return c.Default, nil
}

func expand(template string, number int, row map[string]string) string {
	pairs := []string{"{row}", strconv.Itoa(number)}
	for column, value := range row {
		pairs = append(pairs, "{"+column+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(template)
}
