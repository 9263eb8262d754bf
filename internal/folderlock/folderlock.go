package folderlock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// HeldError is what Take gives when another has the folder.
type HeldError struct {
	Dir string
	// Holder is the process number of who has it, empty where it did not say yet.
	Holder string
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is in use by another process, %s", e.Dir, e.Holder)
}

// Lock is a folder that was taken.
type Lock struct{ file *os.File }

// Take takes the folder, which exists, by its file "lock". It does not wait: a
// folder that another has is a [HeldError].
func Take(dir string) (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		holder, _ := io.ReadAll(io.LimitReader(f, 20))
		return nil, errors.Join(&HeldError{Dir: dir, Holder: strings.TrimSpace(string(holder))}, f.Close())
	}
	if err == nil {
		err = sign(f)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return &Lock{file: f}, nil
}

// sign writes who has the folder, for the message to others.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// Release gives the folder up. Closing the file would not do: a child that is
// being started holds a copy of it until it runs its own program, and with the
// copy the lock.
func (l *Lock) Release() error {
	return errors.Join(unix.Flock(int(l.file.Fd()), unix.LOCK_UN), l.file.Close())
}
