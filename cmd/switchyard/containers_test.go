package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The image and the compose file are held against the command line of this
// binary: a flag that is renamed here must be renamed there.

func TestComposeRunsCommandsThatTheBinaryHas(t *testing.T) {
	compose := readCompose(t)
	var commands []string
	for name, service := range compose.ours() {
		t.Run(name, func(t *testing.T) {
			p := service.parse(t)
			commands = append(commands, p.context.Command())
			for variable := range service.Environment {
				if strings.HasPrefix(variable, "SWITCHYARD_") {
					require.Contains(t, p.environment(), variable)
				}
			}
			for flag, file := range p.paths() {
				_, _, ok := service.locate(file)
				require.True(t, ok, "--%s %s is in no volume", flag, file)
			}
		})
	}
	require.ElementsMatch(t, []string{"keys", "keys", "keys", "control-plane", "node", "node", "apply"}, commands)
}

func TestComposeReachesWhatItNames(t *testing.T) {
	compose := readCompose(t)
	controlPlane := compose.Services["control-plane"]
	main := controlPlane.parse(t).line.ControlPlane
	require.Equal(t, "http://control-plane:"+port(t, main.Listen), main.URL)
	require.Equal(t, "127.0.0.1:7400:"+port(t, main.Listen), controlPlane.Ports[0])
	require.Equal(t, "127.0.0.1:7401:"+port(t, main.OpsListen), controlPlane.Ports[1])
	database, err := url.Parse(main.DatabaseURL)
	require.NoError(t, err)
	compose.requireConnected(t, "control-plane", database.Hostname())
	compose.requireConnected(t, "control-plane", host(t, main.TemporalAddress))

	for _, name := range []string{"node-1", "node-2"} {
		service := compose.Services[name]
		node := service.parse(t).line.Node
		require.Equal(t, name, node.Name)
		require.Equal(t, main.URL, node.ControlPlane)
		require.Equal(t, main.TemporalAddress, node.TemporalAddress)
		compose.requireConnected(t, name, "control-plane")
		compose.requireConnected(t, name, host(t, node.TemporalAddress))
		compose.requireConnected(t, name, database.Hostname()) // its servers
		require.Equal(t, name, node.ServersHost)
		ports := fmt.Sprintf("%d-%d", node.Ports.First, node.Ports.Last)
		require.Equal(t, []string{"127.0.0.1:" + ports + ":" + ports}, service.Ports)
		require.Equal(t, "stop", node.OnExit, "servers end with their container")

		job := compose.Services[name+"-key"].parse(t).line.Keys
		require.Equal(t, main.URL, job.ControlPlane)
		compose.requireConnected(t, name+"-key", "control-plane")
	}
	apply := compose.Services["apply"].parse(t).line.Apply
	require.Equal(t, main.URL, apply.ControlPlane)
	compose.requireConnected(t, "apply", "control-plane")
}

func TestComposeKeepsKeysWhereTheyAreRead(t *testing.T) {
	compose := readCompose(t)
	made := make(map[string]bool) // places of the files that jobs make
	for _, service := range compose.ours() {
		p := service.parse(t)
		if p.context.Command() != "keys" {
			continue
		}
		for _, file := range p.line.Keys.files() {
			if place, readOnly, _ := service.locate(file); !readOnly {
				made[place] = true
			}
		}
	}
	read := func(service, file string) {
		place, _, ok := compose.Services[service].locate(file)
		require.True(t, ok && made[place], "%s reads %s, which no job makes", service, file)
	}
	controlPlane := compose.Services["control-plane"].parse(t).line.ControlPlane
	read("control-plane", controlPlane.EncryptionKeyFile)
	read("control-plane", controlPlane.PlatformKeyFile)
	read("apply", compose.Services["apply"].parse(t).line.Apply.KeyFile)
	for _, name := range []string{"node-1", "node-2"} {
		service := compose.Services[name]
		read(name, service.parse(t).line.Node.KeyFile)
		require.Len(t, service.mounts(), 1, "a node sees no key but its own")
		require.Equal(t, name, service.mounts()[0].source)
		require.False(t, service.mounts()[0].readOnly)
	}
}

// files are the paths of what the command makes where it may write.
func (c *keysCommand) files() []string {
	keys := c.keys()
	files := []string{keys.Encryption(), keys.Platform()}
	for _, name := range c.Node {
		files = append(files, keys.Node(name))
	}
	return files
}

func TestComposeIsHardened(t *testing.T) {
	t.Parallel()
	compose := readCompose(t)
	for name, service := range compose.Services {
		require.Equal(t, []string{"ALL"}, service.CapDrop, name)
		require.Equal(t, []string{"no-new-privileges:true"}, service.SecurityOpt, name)
		require.NotEmpty(t, service.Deploy.Resources.Limits["memory"], name)
		require.NotRegexp(t, registryHost, service.Image, name)
		for _, published := range service.Ports {
			require.True(t, strings.HasPrefix(published, "127.0.0.1:"), "%s publishes %s beyond this host", name, published)
		}
	}
	for name, service := range compose.ours() {
		require.True(t, service.ReadOnly, name)
		require.Equal(t, "..", service.Build.Context)
		require.FileExists(t, path.Join("../..", service.Build.Dockerfile))
	}
	require.Equal(t, map[string]any{"internal": true}, compose.Networks["data"])
	for _, name := range []string{"postgresql", "temporal"} {
		require.Equal(t, []string{"data"}, compose.Services[name].Networks)
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docker/Dockerfile")
	require.NoError(t, err)
	dockerfile := string(text)
	stages := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(dockerfile, -1)
	require.Len(t, stages, 2)
	require.NotRegexp(t, registryHost, stages[0][1])
	require.Equal(t, "scratch", stages[1][1])

	t.Run("RunsTheBinaryThatItCopies", func(t *testing.T) {
		t.Parallel()
		entry := regexp.MustCompile(`(?m)^ENTRYPOINT \["(\S+)"\]$`).FindStringSubmatch(dockerfile)
		require.NotNil(t, entry)
		require.Contains(t, dockerfile, "COPY --from=build /out/switchyard "+entry[1]+"\n")
		require.Contains(t, dockerfile, " -o /out/switchyard ./cmd/switchyard")
		require.Regexp(t, `(?m)^USER [1-9]\d*:[1-9]\d*$`, dockerfile)
	})

	t.Run("TellsItsVersion", func(t *testing.T) {
		t.Parallel()
		variable := regexp.MustCompile(`-X github\.com/switchyard/switchyard/(\S+)\.(\w+)=\$\{VERSION\}`).FindStringSubmatch(dockerfile)
		require.NotNil(t, variable)
		source, err := os.ReadFile(path.Join("../..", variable[1], "build.go"))
		require.NoError(t, err)
		require.Contains(t, string(source), "\nvar "+variable[2]+" string")
	})

	t.Run("HasTheFoldersThatVolumesAreMountedOn", func(t *testing.T) {
		t.Parallel()
		// A new volume takes its owner from there.
		made := regexp.MustCompile(`install -d -m 0700 (.+)`).FindStringSubmatch(dockerfile)
		require.NotNil(t, made)
		copied := regexp.MustCompile(`(?m)^COPY --from=build --chown=(\S+) /out/var (\S+)$`).FindStringSubmatch(dockerfile)
		require.NotNil(t, copied)
		require.Contains(t, dockerfile, "\nUSER "+copied[1]+"\n")
		compose := readCompose(t)
		for name, service := range compose.ours() {
			for _, mount := range service.mounts() {
				if _, named := compose.Volumes[mount.source]; named {
					folder := "/out/var" + strings.TrimPrefix(mount.target, copied[2])
					require.Contains(t, strings.Fields(made[1]), folder, name)
				}
			}
		}
	})
}

// registryHost is a first part of an image's name with a dot or a port.
var registryHost = regexp.MustCompile(`^[^/]*[.:][^/]*/`)

// requireConnected checks that a service can reach another.
func (c composeFile) requireConnected(t *testing.T, from, to string) {
	t.Helper()
	other, ok := c.Services[to]
	require.True(t, ok, "%s names %s, which is no service", from, to)
	for _, network := range c.Services[from].Networks {
		for _, theirs := range other.Networks {
			if network == theirs {
				require.Contains(t, c.Networks, network)
				return
			}
		}
	}
	t.Errorf("%s and %s share no network", from, to)
}

func host(t *testing.T, address string) string {
	t.Helper()
	host, _, err := net.SplitHostPort(address)
	require.NoError(t, err)
	return host
}

func port(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	return port
}
