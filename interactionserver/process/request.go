package process

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/switchyard/switchyard/internal/expression"
)

// request evaluates the call.
func (t *httpTask) request(s expression.Scope) (*Request, error) {
	endpoint, err := t.url(s)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	headers, err := t.headerValues(s)
	if err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	body, err := t.body.value(s)
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if body, err = normalBounded(body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	return &Request{Method: t.method, Endpoint: endpoint, Headers: headers, Body: Value{body},
		Timeout: t.timeout, Retry: t.retry}, nil
}

// url evaluates the endpoint and its query.
func (t *httpTask) url(s expression.Scope) (string, error) {
	text, err := t.address(s)
	if err != nil {
		return "", err
	}
	query, err := t.query.value(s)
	if err != nil {
		return "", fmt.Errorf("query: %w", err)
	}
	if fields, ok := query.(map[string]any); ok {
		encoded := url.Values{}
		for name, value := range fields {
			if value != nil {
				encoded.Set(name, asText(value))
			}
		}
		text = withQuery(text, encoded.Encode())
	}
	u, err := checkEndpoint(text)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

func withQuery(address, query string) string {
	switch {
	case query == "":
		return address
	case strings.Contains(address, "?"):
		return address + "&" + query
	default:
		return address + "?" + query
	}
}

// address evaluates the endpoint; what expressions put into it is escaped.
func (t *httpTask) address(s expression.Scope) (string, error) {
	if t.endpoint.text != nil {
		return t.endpoint.join(s, escaped)
	}
	value, err := t.endpoint.value(s)
	if err != nil {
		return "", err
	}
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("expected text, found %s", asText(value))
	}
	return text, nil
}

// escaped makes a value a part of a path or of a query.
func escaped(value any) (string, error) {
	switch value.(type) {
	case string, bool, int64, float64:
		return strings.ReplaceAll(url.QueryEscape(asText(value)), "+", "%20"), nil
	default:
		return "", fmt.Errorf("expected text or a number in a URL, found %s", asText(value))
	}
}

func (t *httpTask) headerValues(s expression.Scope) (map[string]string, error) {
	value, err := t.headers.value(s)
	if err != nil {
		return nil, err
	}
	fields, _ := value.(map[string]any)
	if len(fields) == 0 {
		return nil, nil
	}
	headers := make(map[string]string, len(fields))
	for name, value := range fields {
		text := asText(value)
		if strings.ContainsAny(text, "\r\n\x00") {
			return nil, fmt.Errorf("%s: expected text of one line", name)
		}
		headers[name] = text
	}
	return headers, nil
}

func errEndpoint(problem, found string) error {
	return fmt.Errorf("%s, found %s", problem, shorten(found, 100))
}
