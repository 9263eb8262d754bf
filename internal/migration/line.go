package migration

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed control/*.sql solution/*.sql
var files embed.FS

// Line is one of the two sequences of migrations. Its text is the name of its folder.
type Line string

// The closed set of lines.
const (
	Control  Line = "control"  // the control database
	Solution Line = "solution" // a server group's database
)

// folder returns the migrations of the line. Lines are constants, so that a
// missing one is a defect of the binary.
func (l Line) folder() fs.FS {
	sub, err := fs.Sub(files, string(l))
	if err != nil {
		panic(fmt.Sprintf("migration line %q: %v", l, err))
	}
	return sub
}

// names returns the file names of the line, sorted.
func (l Line) names() []string {
	names, err := fs.Glob(l.folder(), "*.sql")
	if err != nil {
		panic(fmt.Sprintf("migration line %q: %v", l, err))
	}
	return names
}

// Needed returns the version that this binary needs: that of the newest migration.
func Needed(line Line) int64 {
	var needed int64
	for _, name := range line.names() {
		version, err := goose.NumericComponent(name)
		if err != nil {
			panic(fmt.Sprintf("migration line %q: %v", line, err))
		}
		needed = max(needed, version)
	}
	return needed
}

// Fingerprint returns 12 hex digits over the names and contents of the line's
// migrations, to name template databases after.
func Fingerprint(line Line) string {
	sum := sha256.New()
	for _, name := range line.names() {
		content, err := fs.ReadFile(line.folder(), name)
		if err != nil {
			panic(fmt.Sprintf("migration line %q: %v", line, err))
		}
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(content))
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}
