package main

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/switchyard/switchyard/internal/migration"
)

// versionCommand says what this binary is.
type versionCommand struct{}

// Run prints the version, the commit and the schema versions needed.
func (versionCommand) Run(out io.Writer) error {
	version, commit, goVersion := "unknown", "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, goVersion = info.Main.Version, info.GoVersion
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				commit = setting.Value
			}
		}
	}
	_, err := fmt.Fprintf(out, "switchyard %s (commit %s, %s; schema control %d, solution %d)\n",
		version, commit, goVersion, migration.Needed(migration.Control), migration.Needed(migration.Solution))
	return err
}
