package folderlock

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestLock(t *testing.T) {
	t.Parallel()

	t.Run("IsOfOneAtATimeAndNamesWhoHasIt", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		lock, err := Take(dir)
		require.NoError(t, err)

		_, err = Take(dir)
		var held *HeldError
		require.ErrorAs(t, err, &held)
		require.Equal(t, HeldError{Dir: dir, Holder: strconv.Itoa(os.Getpid())}, *held)

		require.NoError(t, lock.Release())
		lock, err = Take(dir)
		require.NoError(t, err)
		require.NoError(t, lock.Release())
	})

	t.Run("IsReleasedThoughAChildThatIsBeingStartedHoldsACopy", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		lock, err := Take(dir)
		require.NoError(t, err)
		held, err := unix.Dup(int(lock.file.Fd()))
		require.NoError(t, err)
		defer func() { require.NoError(t, unix.Close(held)) }()

		require.NoError(t, lock.Release())
		lock, err = Take(dir)
		require.NoError(t, err)
		require.NoError(t, lock.Release())
	})

	t.Run("NeedsTheFolder", func(t *testing.T) {
		t.Parallel()
		_, err := Take(t.TempDir() + "/none")
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}
