package api

import "log/slog"

// Describe returns the OpenAPI document of the interface, in YAML.
func Describe() ([]byte, error) {
	return New(Services{}, Options{Version: "1", Logger: slog.New(slog.DiscardHandler)}).OpenAPI()
}
