package main

import (
	"io"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// composeFile is what tests look at in docker/compose.yaml.
type composeFile struct {
	Services map[string]composeService
	Networks map[string]any
	Volumes  map[string]any
}

type composeService struct {
	Image       string
	Build       struct{ Context, Dockerfile string }
	Command     []string
	Environment map[string]string
	Volumes     []string
	Ports       []string
	Networks    []string
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	Deploy      struct {
		Resources struct{ Limits map[string]string }
	}
}

// password stands in for those of the file .env.
const password = "secret"

var composeVariable = regexp.MustCompile(`\$\{[A-Z_]+(:[-?][^}]*)?\}`)

func readCompose(t *testing.T) composeFile {
	t.Helper()
	text, err := os.ReadFile("../../docker/compose.yaml")
	require.NoError(t, err)
	var compose composeFile
	require.NoError(t, yaml.Unmarshal(composeVariable.ReplaceAll(text, []byte(password)), &compose))
	require.NotEmpty(t, compose.Services)
	return compose
}

// ours are the services that run this binary.
func (c composeFile) ours() map[string]composeService {
	ours := make(map[string]composeService)
	for name, service := range c.Services {
		if strings.HasPrefix(service.Image, "switchyard:") {
			ours[name] = service
		}
	}
	return ours
}

// mounts are where the volumes and host folders are in a container.
func (s composeService) mounts() []mount {
	var mounts []mount
	for _, volume := range s.Volumes {
		parts := strings.Split(volume, ":")
		mounts = append(mounts, mount{source: parts[0], target: parts[1], readOnly: len(parts) > 2 && parts[2] == "ro"})
	}
	return mounts
}

type mount struct {
	source, target string
	readOnly       bool
}

// locate returns where a path of a container is kept: "keys/encryption.key".
func (s composeService) locate(file string) (kept string, readOnly, ok bool) {
	for _, mount := range s.mounts() {
		if file == mount.target || strings.HasPrefix(file, mount.target+"/") {
			return path.Join(mount.source, strings.TrimPrefix(file, mount.target)), mount.readOnly, true
		}
	}
	return "", false, false
}

// parsed is a service's command as the binary understands it.
type parsed struct {
	line    commandLine
	context *kong.Context
}

// parse reads the command with the service's environment, which ends with it.
func (s composeService) parse(t *testing.T) (p parsed) {
	t.Helper()
	require.True(t, t.Run("parse", func(t *testing.T) {
		for name, value := range s.Environment {
			t.Setenv(name, value)
		}
		var err error
		p.context, err = newParser(&p.line, io.Discard, io.Discard, func(int) {}).Parse(s.Command)
		require.NoError(t, err, "%q", s.Command)
	}))
	return p
}

// environment holds the variables that a sub-command reads.
func (p parsed) environment() []string {
	var names []string
	for _, flag := range p.context.Flags() {
		names = append(names, flag.Envs...)
	}
	return names
}

// paths are the values of the flags that name a file or folder.
func (p parsed) paths() map[string]string {
	paths := make(map[string]string)
	for _, flag := range p.context.Flags() {
		if value, ok := p.context.FlagValue(flag).(string); ok && flag.Tag.Type == "path" && value != "" {
			paths[flag.Name] = value
		}
	}
	return paths
}
