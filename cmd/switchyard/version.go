package main

import (
	"fmt"
	"io"

	"github.com/switchyard/switchyard/internal/migration"
	"github.com/switchyard/switchyard/internal/telemetry"
)

// versionCommand says what this binary is.
type versionCommand struct{}

// Run prints the version, the commit and the schema versions needed.
func (versionCommand) Run(out io.Writer) error {
	build := telemetry.ReadBuild()
	_, err := fmt.Fprintf(out, "switchyard %s (commit %s, %s; schema control %d, solution %d)\n",
		orUnknown(build.Version), orUnknown(build.Revision), orUnknown(build.Go),
		migration.Needed(migration.Control), migration.Needed(migration.Solution))
	return err
}

// orUnknown stands in for what a build has left out.
func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}
