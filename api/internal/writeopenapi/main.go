// Command writeopenapi writes the OpenAPI document of the control plane to the
// file that it is given.
package main

import (
	"log/slog"
	"os"

	"github.com/switchyard/switchyard/api"
)

func main() {
	if err := write(os.Args[1]); err != nil {
		slog.Error("write OpenAPI document", "error", err)
		os.Exit(1)
	}
}

func write(file string) error {
	document, err := api.Describe()
	if err != nil {
		return err
	}
	return os.WriteFile(file, document, 0o644) //nolint:gosec // a source file
}
