package api

import (
	"github.com/switchyard/switchyard/internal/paging"
	"github.com/switchyard/switchyard/internal/rest"
)

// listing is one kind of list; its name keeps the cursors of one from being used
// in another.
type listing string

// request reads the page that a caller asks for.
func (l listing) request(page rest.Page) (paging.Request, error) {
	after, _, err := rest.DecodeCursor[string](string(l), page.Cursor)
	return paging.Request{After: after, Limit: page.Limit}, err
}

// listOutput is the answer of a list.
type listOutput[T any] struct {
	Body rest.Items[T]
}

// respond makes the answer of one page, each item in its shape.
func respond[D, T any](l listing, page paging.Page[D], shape func(D) T) *listOutput[T] {
	items := make([]T, len(page.Items))
	for i, item := range page.Items {
		items[i] = shape(item)
	}
	next := ""
	if page.Next != "" {
		next = rest.EncodeCursor(string(l), page.Next)
	}
	return &listOutput[T]{Body: rest.NewItems(items, next)}
}

// resource is the answer that holds one resource with its version.
type resource[T any] struct {
	rest.ETag
	Body T
}

func respondOne[T any](version int64, body T) *resource[T] {
	return &resource[T]{ETag: rest.ETag{ETag: rest.VersionETag(version)}, Body: body}
}

// orEmpty is values, [] instead of null in JSON.
func orEmpty[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}
