package node

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// A log over logLimit bytes is copied away and emptied; logGenerations copies are kept.
const (
	logLimit       = 64 << 20
	logGenerations = 3
)

// rotateLog copies path to path.1 (and that to path.2 …) and empties it when it
// is larger than limit bytes. The server goes on writing to the same file; a line
// that it writes between copying and emptying is lost.
func rotateLog(path string, limit int64) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() <= limit {
		return err
	}
	for n := logGenerations; n > 1; n-- {
		if err := os.Rename(generation(path, n-1), generation(path, n)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := copyFile(generation(path, 1), path); err != nil {
		return err
	}
	return os.Truncate(path, 0)
}

func generation(path string, n int) string { return fmt.Sprintf("%s.%d", path, n) }

func copyFile(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// lastWords returns the last line that was written to the log after offset, at
// most 300 bytes of it.
func lastWords(path string, offset int64) string {
	const longest = 300
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	start := max(info.Size()-4096, offset, 0)
	tail, err := io.ReadAll(io.NewSectionReader(file, start, info.Size()-start))
	if err != nil {
		return ""
	}
	tail = bytes.TrimSpace(tail)
	line := tail[bytes.LastIndexByte(tail, '\n')+1:]
	return strings.ToValidUTF8(string(line[:min(len(line), longest)]), "")
}
