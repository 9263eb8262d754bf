package testruns

import "github.com/switchyard/switchyard/internal/plaintext"

// maxStored bounds a text that a program reports, in bytes.
const maxStored = 4000

// storable returns the text as it can be stored.
func storable(text string) string { return plaintext.Storable(text, maxStored) }
