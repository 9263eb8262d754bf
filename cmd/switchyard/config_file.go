package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// maxConfigFile bounds the file that --config names, in bytes.
const maxConfigFile = 1 << 20

// configFlag is the path of a YAML file with flags of the sub-command, by their
// names without the dashes.
type configFlag string

// BeforeResolve makes the file a source of flag values. A key that is no flag of
// the sub-command is an error.
func (configFlag) BeforeResolve(c *kong.Context, trace *kong.Path) error {
	path := string(c.FlagValue(trace.Flag).(configFlag))
	file, err := readConfigFile(path)
	if err != nil {
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	flags := c.Flags()
	for key, node := range file {
		if !slices.ContainsFunc(flags, func(flag *kong.Flag) bool { return flag.Name == key }) {
			return fmt.Errorf("configuration file %s, line %d: unknown key %q for this sub-command", path, node.Line, key)
		}
	}
	c.AddResolver(file)
	return nil
}

// configFile is the content of such a file.
type configFile map[string]yaml.Node

func readConfigFile(path string) (configFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err) // without the path, which the caller adds
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfigFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxConfigFile {
		return nil, fmt.Errorf("larger than %d bytes", maxConfigFile)
	}
	var file configFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("expected a mapping of flags to values: %w", err)
	}
	return file, nil
}

// Validate has nothing to do: BeforeResolve knows the sub-command's flags.
func (configFile) Validate(*kong.Application) error { return nil }

// Resolve returns the file's value for a flag, unless the environment has one.
func (f configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	node, ok := f[flag.Name]
	if !ok || slices.ContainsFunc(flag.Envs, inEnvironment) {
		return nil, nil
	}
	switch node.Kind {
	case yaml.ScalarNode:
		return node.Value, nil
	case yaml.SequenceNode:
		var items []string
		if err := node.Decode(&items); err != nil {
			return nil, fmt.Errorf("line %d: expected a list of texts", node.Line)
		}
		return strings.Join(items, ","), nil
	default:
		return nil, fmt.Errorf("line %d: expected a value or a list of values", node.Line)
	}
}

func inEnvironment(name string) bool {
	_, ok := os.LookupEnv(name)
	return ok
}
