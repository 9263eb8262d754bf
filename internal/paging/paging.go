package paging

// Bounds of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Request asks for the items after a key, at most Limit.
type Request struct {
	After string // key of the last item seen; empty: from the start
	Limit int    // 0: DefaultLimit; never more than MaxLimit
}

// Size is the number of items to return.
func (r Request) Size() int {
	switch {
	case r.Limit <= 0:
		return DefaultLimit
	case r.Limit > MaxLimit:
		return MaxLimit
	default:
		return r.Limit
	}
}

// Page is one page. Next is the After of the following one, empty at the end.
type Page[T any] struct {
	Items []T
	Next  string
}

// Cut makes a page of items, of which there is one more than the request's Size
// when another page follows.
func Cut[T any](r Request, items []T, key func(T) string) Page[T] {
	size := r.Size()
	if len(items) <= size {
		return Page[T]{Items: items}
	}
	items = items[:size]
	return Page[T]{Items: items, Next: key(items[size-1])}
}

// Collect reads all pages of a list.
func Collect[T any](list func(Request) (Page[T], error)) ([]T, error) {
	var all []T
	for request := (Request{Limit: MaxLimit}); ; {
		page, err := list(request)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		request.After = page.Next
	}
}
