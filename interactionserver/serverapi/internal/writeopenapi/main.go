// Command writeopenapi writes the OpenAPI document of an interaction server to the
// file that it is given.
package main

import (
	"log/slog"
	"os"

	"github.com/switchyard/switchyard/interactionserver/serverapi"
)

func main() {
	if err := write(os.Args[1]); err != nil {
		slog.Error("write OpenAPI document", "error", err)
		os.Exit(1)
	}
}

func write(file string) error {
	document, err := serverapi.Describe()
	if err != nil {
		return err
	}
	return os.WriteFile(file, document, 0o644) //nolint:gosec // a source file
}
