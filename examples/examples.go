package examples

import "embed"

// Files are the example tenants, one folder each.
//
//go:embed harborbank
var Files embed.FS
