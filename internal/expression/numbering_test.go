package expression_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/internal/expression"
)

func TestNumbering(t *testing.T) {
	t.Parallel()
	l, err := expression.New(expression.Variable{Name: "x", Type: expression.Any})
	require.NoError(t, err)
	slot, ok := l.Slot("x")
	require.True(t, ok)
	record := l.NewRecord()
	var numbering expression.Numbering
	number := func(value any) int32 {
		record.Set(slot, value)
		key, ok := record.Key(slot)
		require.True(t, ok)
		return numbering.Add(key)
	}
	for i, value := range []any{"a", 1.0, true, nil, "b", false} {
		require.EqualValues(t, i+1, number(value), "%v", value)
	}
	require.EqualValues(t, 2, number(int64(1)), "1 is 1.0")
	require.Equal(t, 6, numbering.Len())

	for _, tt := range []struct {
		name string
		give any
		want int32
		told bool
	}{
		{"Text", "b", 5, true}, {"TextThatNoRuleNames", "c", 0, true}, {"Whole", int64(1), 2, true}, {"Number", 2.0, 0, true},
		{"NegativeZero", 0.0, 0, true}, {"Truth", false, 6, true}, {"Null", nil, 4, true}, {"Time", time.Unix(1, 0), 0, false}, {"List", []string{"a"}, 0, false},
	} {
		record.Set(slot, tt.give)
		got, told := numbering.Of(record, slot)
		require.Equal(t, tt.told, told, tt.name)
		require.Equal(t, tt.want, got, tt.name)
	}
	record.Unset(slot)
	got, told := numbering.Of(record, slot)
	require.True(t, told)
	require.EqualValues(t, 4, got, "what is not set is null")
}
