package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// binaries is a folder with the programs of one version.
type binaries struct {
	folder  string
	version string // major, "15"
}

func (b binaries) postgres() string { return filepath.Join(b.folder, "postgres") }
func (b binaries) initdb() string   { return filepath.Join(b.folder, "initdb") }

// installed are the folders where packages put the programs that are not on PATH.
var installed = []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin", "/usr/local/pgsql/bin"}

// findBinaries returns those that can serve the cluster in home: of its version
// when it has one.
func findBinaries(ctx context.Context, o PostgreSQLOptions, home string) (binaries, error) {
	wanted, err := clusterVersion(filepath.Join(home, "data"))
	if err != nil {
		return binaries{}, err
	}
	folders := []string{o.Binaries}
	if o.Binaries == "" {
		folders = searchFolders()
	}
	var found []binaries
	for _, folder := range folders {
		if b, ok := inspect(ctx, folder); ok {
			found = append(found, b)
		}
	}
	for _, b := range found {
		if wanted == "" || b.version == wanted {
			return b, nil
		}
	}
	if o.Binaries != "" {
		return binaries{}, fmt.Errorf("%s has no usable postgres and initdb%s", o.Binaries, ofVersion(wanted))
	}
	downloaded, err := downloadBinaries(ctx, o, home, wanted)
	if err == nil {
		return downloaded, nil
	}
	if len(found) > 0 { // of another version than the cluster's
		return binaries{}, fmt.Errorf("the database folder %s is of PostgreSQL %s and this machine has version %s: "+
			"install it again (apt-get install postgresql-%s), or remove %s to begin anew: %w",
			filepath.Join(home, "data"), wanted, found[0].version, wanted, o.Dir, err)
	}
	return binaries{}, fmt.Errorf("PostgreSQL is not on this machine: install it (apt-get install postgresql), "+
		"or name a server with --database-url: %w", err)
}

func ofVersion(wanted string) string {
	if wanted == "" {
		return ""
	}
	return " of version " + wanted
}

// clusterVersion returns the major version of the cluster, empty when there is none.
func clusterVersion(data string) (string, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read version of the database folder: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// searchFolders returns PATH's folder with the server, then the installed ones,
// newest first.
func searchFolders() []string {
	var folders []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(target))
		}
	}
	var packaged []string
	for _, pattern := range installed {
		matches, _ := filepath.Glob(pattern) // fails on malformed patterns only
		packaged = append(packaged, matches...)
	}
	slices.SortStableFunc(packaged, func(a, b string) int { return cmp.Compare(numberIn(b), numberIn(a)) })
	return append(folders, packaged...)
}

var digits = regexp.MustCompile(`\d+`)

func numberIn(path string) int {
	n, _ := strconv.Atoi(digits.FindString(path)) // none is 0
	return n
}

// inspect asks the programs in a folder for their version.
func inspect(ctx context.Context, folder string) (binaries, bool) {
	b := binaries{folder: folder}
	if _, err := os.Stat(b.initdb()); err != nil {
		return binaries{}, false
	}
	printed, err := exec.CommandContext(ctx, b.postgres(), "--version").Output()
	if err != nil {
		return binaries{}, false
	}
	b.version = digits.FindString(string(printed)) // "postgres (PostgreSQL) 15.14 …"
	return b, b.version != ""
}
