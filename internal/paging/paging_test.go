package paging_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/paging"
)

func TestCollect(t *testing.T) {
	t.Parallel()
	for _, count := range []int{0, 1, paging.MaxLimit, paging.MaxLimit + 1, 3 * paging.MaxLimit} {
		all := make([]string, count)
		for i := range all {
			all[i] = fmt.Sprintf("item-%05d", i)
		}
		collected, err := paging.Collect(func(r paging.Request) (paging.Page[string], error) {
			var items []string
			for _, item := range all {
				if item > r.After && len(items) <= r.Size() {
					items = append(items, item)
				}
			}
			return paging.Cut(r, items, func(s string) string { return s }), nil
		})
		require.NoError(t, err)
		require.Len(t, collected, count)
		if count > 0 {
			require.Equal(t, all, collected)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for give, want := range map[int]int{-1: paging.DefaultLimit, 0: paging.DefaultLimit, 1: 1, 200: 200, 201: 200} {
		require.Equal(t, want, paging.Request{Limit: give}.Size())
	}
}
