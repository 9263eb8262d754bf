package api

import (
	"log/slog"

	"github.com/switchyard/switchyard/internal/rest"
)

// Describe returns the OpenAPI document of the interface, in YAML.
func Describe() ([]byte, error) {
	// Nothing is served, so no service and no store is called.
	var unused struct{ rest.IdempotencyStore }
	return New(Services{}, Options{Version: "1", Idempotency: unused, Logger: slog.New(slog.DiscardHandler)}).OpenAPI()
}
