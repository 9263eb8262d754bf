package deployments

import (
	"fmt"

	"github.com/switchyard/switchyard/internal/plaintext"
)

// maxStored bounds a text that a program reports, in bytes.
const maxStored = 4000

// storable returns the text as it can be stored.
func storable(text string) string { return plaintext.Storable(text, maxStored) }

// resource is the path of a deployment below its tenant.
func resource(d Deployment) string {
	return fmt.Sprintf("channels/%s/deployments/%d", d.Channel, d.Number)
}
