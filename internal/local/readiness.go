package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// readiness is nil when the page answers with 200; otherwise it holds what the
// page says.
func readiness(ctx context.Context, pages *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := pages.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1000))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s says %s: %s", url, response.Status, bytes.TrimSpace(text))
	}
	return nil
}
