package controlplane

import (
	"github.com/switchyard/switchyard/interactionserver/process"
	"github.com/switchyard/switchyard/internal/fault"
)

// ProcessChecker judges documents in the process language.
type ProcessChecker struct{}

// Check returns a fault of kind Invalid with every place that is wrong. The
// document must carry the name under which it is kept.
func (ProcessChecker) Check(name string, document []byte) error {
	definition, err := process.Parse(document)
	if err != nil {
		return err
	}
	if definition.Name != name {
		return fault.New(fault.Invalid, "invalid-process", "the document is that of another process").
			At("document.name", 0, "expected %s, the name of the business process, not %s", name, definition.Name)
	}
	return nil
}
