package apply_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/switchyard/switchyard/apply"
)

func TestParseRefusesANamedPipe(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, unix.Mkfifo(filepath.Join(folder, "pipe.yaml"), 0o600))
	root, err := os.OpenRoot(folder)
	require.NoError(t, err)
	t.Cleanup(func() { _ = root.Close() })
	const want = "pipe.yaml: is a named pipe; a regular file is expected, or - for standard input"

	_, err = apply.ParseFile(root.FS(), "pipe.yaml")
	require.ErrorContains(t, err, want)
	_, err = apply.ParseDir(root.FS())
	require.ErrorContains(t, err, want)

	naming := "kind: Tenant\nname: bank\n---\nkind: BusinessProcess\nname: dispute\nfile: pipe.yaml\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "bank.yaml"), []byte(naming), 0o600))
	_, err = apply.ParseFile(root.FS(), "bank.yaml")
	require.ErrorContains(t, err, "pipe.yaml is a named pipe")
}

func TestParseReader(t *testing.T) {
	t.Parallel()

	t.Run("ReadsAStream", func(t *testing.T) {
		t.Parallel()
		set, err := apply.ParseReader(strings.NewReader(bank), "standard input")
		require.NoError(t, err)
		require.Equal(t, "bank", set.Tenants[0].Name)
	})

	t.Run("SaysWhereItIsWrong", func(t *testing.T) {
		t.Parallel()
		_, err := apply.ParseReader(strings.NewReader("kind: Tenant\nname: bank\nowner: me\n"), "standard input")
		require.ErrorContains(t, err, "standard input:3")
	})

	t.Run("HasNoFolderToFindFilesIn", func(t *testing.T) {
		t.Parallel()
		_, err := apply.ParseReader(strings.NewReader("kind: Tenant\nname: bank\n---\nkind: BusinessProcess\nname: dispute\nfile: a.yaml\n"), "standard input")
		require.ErrorContains(t, err, "a.yaml is named in a stream")
	})

	t.Run("IsBounded", func(t *testing.T) {
		t.Parallel()
		_, err := apply.ParseReader(strings.NewReader(strings.Repeat("# nothing\n", 1<<19)), "standard input")
		require.ErrorContains(t, err, "standard input: larger than 4 MiB")
	})
}
