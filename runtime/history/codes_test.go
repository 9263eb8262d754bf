package history_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/runtime/history"
)

func codes(t require.TestingT, with byte) *history.Codes {
	c, err := history.NewCodes(bytes.Repeat([]byte{with}, history.CodesKeySize))
	require.NoError(t, err)
	return c
}

func TestCodes(t *testing.T) {
	t.Parallel()

	t.Run("AreTreatmentCodesOfTheirKey", func(t *testing.T) {
		t.Parallel()
		made, seen := codes(t, 1), map[history.Treatment]bool{}
		var last history.Treatment
		for range 10_000 {
			code, err := made.New()
			require.NoError(t, err)
			parsed, ok := history.ParseTreatment(code.String())
			require.True(t, ok)
			require.Equal(t, code, parsed)
			require.True(t, made.Made(code))
			require.True(t, codes(t, 1).Made(code), "another server of the tenant has the same key")
			require.False(t, seen[code])
			require.Equal(t, -1, bytes.Compare(last[:], code[:]), "codes lie in the order in which they are made")
			seen[code], last = true, code
		}
	})

	t.Run("AreToldFromForgedOnes", func(t *testing.T) {
		t.Parallel()
		const forged = 100_000
		passed := 0
		for range forged {
			code, err := history.NewTreatment()
			require.NoError(t, err)
			if codes(t, 1).Made(code) {
				passed++
			}
		}
		require.LessOrEqual(t, passed, 3, "one in 16 million passes")
	})

	t.Run("DependOnEachBit", func(t *testing.T) {
		t.Parallel()
		made := codes(t, 1)
		rapid.Check(t, func(t *rapid.T) {
			code, err := made.New()
			require.NoError(t, err)
			bit := rapid.IntRange(0, 8*len(code)-1).Draw(t, "bit")
			code[bit/8] ^= 1 << (bit % 8)
			if bit/8 >= len(code)-3 {
				require.False(t, made.Made(code))
			}
			// A change before the proof passes once in 16 million: two in a row never do.
			other := code
			other[0] ^= 1
			require.False(t, made.Made(code) && made.Made(other))
		})
	})

	t.Run("OfAnotherKeyAreNot", func(t *testing.T) {
		t.Parallel()
		passed := 0
		for range 1_000 {
			code, err := codes(t, 2).New()
			require.NoError(t, err)
			if codes(t, 1).Made(code) {
				passed++
			}
		}
		require.LessOrEqual(t, passed, 1)
	})

	t.Run("NeedAWholeKey", func(t *testing.T) {
		t.Parallel()
		for _, size := range []int{0, 16, 31, 33} {
			_, err := history.NewCodes(make([]byte, size))
			require.ErrorContains(t, err, "want 32 bytes")
		}
	})
}

func BenchmarkCodes(b *testing.B) {
	made := codes(b, 1)
	b.Run("New", func(b *testing.B) {
		for b.Loop() {
			_, _ = made.New()
		}
	})
	code, err := made.New()
	require.NoError(b, err)
	b.Run("Made", func(b *testing.B) {
		for b.Loop() {
			made.Made(code)
		}
	})
}
