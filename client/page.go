package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
)

// Page is the body of a listing.
type Page[T any] struct {
	Items []T `json:"items"`
	// Next is the cursor of the next page; "" on the last.
	Next string `json:"next"`
}

// All iterates over the items of all pages of a listing. The path may have a
// query, such as a filter or a limit. It ends after the first error.
func All[T any](ctx context.Context, c *Client, path string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		target, err := url.Parse(path)
		if err != nil {
			yield(none, fmt.Errorf("list %s: %w", path, err))
			return
		}
		query := target.Query()
		for {
			var page Page[T]
			if err := c.Do(ctx, http.MethodGet, target.String(), nil, &page); err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			query.Set("cursor", page.Next)
			target.RawQuery = query.Encode()
		}
	}
}

// List returns the items of all pages of a listing.
func List[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	var items []T
	for item, err := range All[T](ctx, c, path) {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}
