package deployments

import "github.com/switchyard/switchyard/runtime/definition"

// Manifest says where the parts of a package are from.
type Manifest struct {
	// Marked went out as they are now, because they are marked for deployment.
	Marked []Marked `json:"marked,omitempty"`
	// Kept went out in the form that they have in the package before: all such
	// flowcharts and strategies, and the offers and segments that were edited since.
	Kept []Kept `json:"kept,omitempty"`
	// Removed are in the package before and not in this one.
	Removed []Removed `json:"removed,omitempty"`
	// SwitchedOff are rules that cannot have an effect, and what was left out of
	// documents; at most MaxSwitchedOff of SwitchedOffCount.
	SwitchedOff      []SwitchedOff `json:"switchedOff,omitempty"`
	SwitchedOffCount int           `json:"switchedOffCount,omitempty"`
}

// Empty reports whether the manifest says nothing, as that of a rollback and of an
// undeployment.
func (m Manifest) Empty() bool {
	return len(m.Marked) == 0 && len(m.Kept) == 0 && len(m.Removed) == 0 && m.SwitchedOffCount == 0
}

// MaxSwitchedOff bounds what a manifest lists as switched off.
const MaxSwitchedOff = 1000

// Marked is a document that went out, or was taken out, by its mark.
type Marked struct {
	definition.Reference
	// Version is that of the mark; one that was made anew since is not released.
	Version int64 `json:"version"`
}

// Kept is a document that went out in the form that it has in the package before.
type Kept struct {
	definition.Reference
	// Edited is whether it was edited since then.
	Edited bool `json:"edited,omitempty"`
}

// Removed is a document that is not in the package any more.
type Removed struct {
	definition.Reference
	// Version is that of the mark for undeployment, 0 of one that was deleted.
	Version int64  `json:"version,omitempty"`
	Why     string `json:"why"`
}

// SwitchedOff is a part without effect.
type SwitchedOff struct {
	// Path is where: "strategies/winback.rules[spring-card]".
	Path string `json:"path"`
	Why  string `json:"why"`
}
