// Package examples holds the example tenants, so that the demo runs from the
// binary alone.
package examples

import "embed"

// Files are the example tenants, one folder each.
//
//go:embed harborbank
var Files embed.FS
