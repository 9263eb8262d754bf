package serverapi

import (
	"log/slog"

	"github.com/switchyard/switchyard/interactionserver"
)

// Describe returns the OpenAPI document of the interface, in YAML.
func Describe() ([]byte, error) {
	// Nothing is served, so the service is not asked for anything.
	service := interactionserver.NewService("", nil, interactionserver.Options{})
	return New(service, Options{Logger: slog.New(slog.DiscardHandler)}).OpenAPI()
}
